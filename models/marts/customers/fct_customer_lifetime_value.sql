with

results as (

    select * from {{ ref('py_customer_lifetime_values') }}
    where result_kind = 'customers'

),

businesses as (

    select * from {{ ref('dim_businesses') }}

),

final as (

    select
        results.business_id,
        results.customer_id,
        results.model_name,
        results.value_model_name,
        results.note,
        cast(results.purchase_day_count as integer) as purchase_day_count,
        cast(results.repeat_day_count as integer) as repeat_day_count,
        cast(results.days_to_last_purchase as integer) as days_to_last_purchase,
        cast(results.days_since_first_purchase as integer) as days_since_first_purchase,
        cast(results.mean_purchase_amount as decimal(18, 2)) as mean_purchase_amount,
        results.probability_alive,
        cast(results.expected_purchase_amount as decimal(18, 2))
            as expected_purchase_amount,
        results.expected_orders_90d,
        results.expected_orders_365d,
        cast(results.expected_value_90d as decimal(18, 2)) as expected_value_90d,
        cast(results.expected_value_365d as decimal(18, 2)) as expected_value_365d,
        businesses.as_of_date
    from results
    inner join businesses on results.business_id = businesses.business_id

)

select * from final
