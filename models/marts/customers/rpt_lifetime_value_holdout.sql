with

results as (

    select * from {{ ref('retail_marts', 'py_customer_lifetime_values') }}
    where result_kind = 'holdout'

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

final as (

    select
        results.business_id,
        results.model_name,
        results.value_model_name,
        results.frequency_class,
        results.note,
        cast(results.frequency_rank as integer) as frequency_rank,
        cast(results.holdout_days as integer) as holdout_days,
        cast(results.customer_count as integer) as customer_count,
        results.actual_orders_mean,
        results.predicted_orders_mean,
        results.orders_mae,
        results.orders_rmse,
        cast(results.value_customer_count as integer) as value_customer_count,
        results.actual_value_mean,
        results.predicted_value_mean,
        results.value_mae,
        results.value_rmse,
        results.is_baseline,
        results.beats_baseline,
        cast(
            {{ dbt.dateadd(
                'day', '-cast(results.holdout_days as integer)', 'businesses.as_of_date'
            ) }} as date
        ) as calibration_end_date
    from results
    inner join businesses on results.business_id = businesses.business_id

)

select * from final
