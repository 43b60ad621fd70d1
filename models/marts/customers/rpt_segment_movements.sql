with

history as (

    select * from {{ ref('retail_marts', 'fct_segment_history') }}

),

counted as (

    select
        business_id,
        coalesce(previous_rfm_segment, 'not yet a customer') as previous_rfm_segment,
        rfm_segment,
        month_start_date,
        as_of_date,
        count(*) as customer_count
    from history
    group by
        business_id,
        previous_rfm_segment,
        rfm_segment,
        month_start_date,
        as_of_date

),

final as (

    select
        business_id,
        previous_rfm_segment,
        rfm_segment,
        customer_count,
        cast(customer_count as double) / cast(
            sum(customer_count) over (
                partition by business_id, month_start_date, previous_rfm_segment
            ) as double
        ) as previous_segment_share,
        cast({{ dbt.last_day('month_start_date', 'month') }} as date) <= as_of_date
            as is_complete_month,
        month_start_date
    from counted

)

select * from final
