-- Every customer in a segment at the end of a month must be counted once among the
-- movements out of that segment in the next month.
with

movements as (

    select * from {{ ref('retail_marts', 'rpt_segment_movements') }}

),

arrived as (

    select
        business_id,
        rfm_segment,
        cast({{ dbt.dateadd('month', 1, 'month_start_date') }} as date) as next_month,
        sum(customer_count) as customer_count
    from movements
    group by business_id, rfm_segment, month_start_date

),

left_from as (

    select
        business_id,
        previous_rfm_segment,
        month_start_date,
        sum(customer_count) as customer_count
    from movements
    group by business_id, previous_rfm_segment, month_start_date

),

last_months as (

    select
        business_id,
        max(month_start_date) as last_month
    from movements
    group by business_id

)

select
    arrived.business_id,
    arrived.rfm_segment,
    arrived.next_month,
    arrived.customer_count,
    left_from.customer_count as left_customer_count
from arrived
inner join last_months on arrived.business_id = last_months.business_id
left join left_from
    on
        arrived.business_id = left_from.business_id
        and arrived.rfm_segment = left_from.previous_rfm_segment
        and arrived.next_month = left_from.month_start_date
where
    arrived.next_month <= last_months.last_month
    and arrived.customer_count is distinct from left_from.customer_count
