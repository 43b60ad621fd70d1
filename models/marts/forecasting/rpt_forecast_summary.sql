with

results as (

    select *
    from {{ ref('retail_marts', 'py_sales_forecasts') }} where result_kind = 'summary'

),

series as (

    select * from {{ ref('retail_marts', 'int_forecast_series_named') }}

),

final as (

    select
        results.business_id,
        results.measure,
        results.series_level,
        results.series_id,
        series.series_name,
        results.model_name,
        cast(results.month_start_date as date) as month_start_date,
        cast(results.day_count as integer) as day_count,
        results.total as total_value,
        results.total_lower_80,
        results.total_upper_80,
        results.total_lower_95,
        results.total_upper_95,
        results.mean as mean_value,
        results.median as median_value,
        results.minimum as min_value,
        results.maximum as max_value,
        results.is_best_model
    from results
    inner join series
        on
            results.business_id = series.business_id
            and results.series_level = series.series_level
            and results.series_id = series.series_id

)

select * from final
