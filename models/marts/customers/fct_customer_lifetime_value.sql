with

results as (

    select * from {{ ref('retail_marts', 'py_customer_lifetime_values') }}
    where result_kind = 'customers'

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

dated as (

    select
        results.*,
        businesses.as_of_date,
        cast(round(results.usual_days_between_orders) as integer)
        - cast(
            results.days_since_first_purchase - results.days_to_last_purchase as integer
        ) as days_until_next_order
    from results
    inner join businesses on results.business_id = businesses.business_id

),

final as (

    select
        business_id,
        customer_id,
        model_name,
        value_model_name,
        note,
        cast(purchase_day_count as integer) as purchase_day_count,
        cast(repeat_day_count as integer) as repeat_day_count,
        cast(days_to_last_purchase as integer) as days_to_last_purchase,
        cast(days_since_first_purchase as integer) as days_since_first_purchase,
        cast(mean_purchase_amount as decimal(38, 2)) as mean_purchase_amount,
        probability_alive,
        cast(expected_purchase_amount as decimal(38, 2))
            as expected_purchase_amount,
        expected_orders_90d,
        expected_orders_365d,
        cast(expected_value_90d as decimal(38, 2)) as expected_value_90d,
        cast(expected_value_365d as decimal(38, 2)) as expected_value_365d,
        usual_days_between_orders,
        case when days_until_next_order < 0 then -days_until_next_order
            when days_until_next_order >= 0 then 0
        end as days_overdue,
        cast(
            {{ dbt.dateadd('day', 'days_until_next_order', 'as_of_date') }} as date
        ) as next_expected_order_date,
        as_of_date
    from dated

)

select * from final
