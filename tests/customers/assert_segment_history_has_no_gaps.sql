-- Movements compare a month with the previous one, so a missing month would show as one
-- move over two months. Another test compares the last month with fct_customer_rfm.
with

history as (

    select * from {{ ref('retail_marts', 'fct_segment_history') }}

),

rfm as (

    select * from {{ ref('retail_marts', 'fct_customer_rfm') }}

),

lives as (

    select
        business_id,
        customer_id,
        min(month_start_date) as first_month,
        max(month_start_date) as last_month,
        count(*) as month_count,
        count(previous_rfm_segment) as previous_count
    from history
    group by business_id, customer_id

)

select lives.*
from lives
inner join rfm
    on lives.business_id = rfm.business_id and lives.customer_id = rfm.customer_id
where
    lives.month_count
    <> {{ dbt.datediff('lives.first_month', 'lives.last_month', 'month') }} + 1
    or lives.previous_count <> lives.month_count - 1
    or lives.first_month <> cast(date_trunc('month', rfm.first_order_date) as date)
