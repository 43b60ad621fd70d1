with

results as (

    select *
    from {{ ref('retail_marts', 'py_sales_forecasts') }} where result_kind = 'backtest'

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
        cast(results.window_id as integer) as window_id,
        cast(results.forecast_origin_date as date) as forecast_origin_date,
        cast(results.sales_date as date) as sales_date,
        results.actual_value,
        results.forecast_value,
        results.lower_80,
        results.upper_80,
        results.lower_95,
        results.upper_95,
        results.is_best_model
    from results
    inner join series
        on
            results.business_id = series.business_id
            and results.series_level = series.series_level
            and results.series_id = series.series_id

)

select * from final
