with

results as (

    select * from {{ ref('retail_marts', 'py_series_oddities') }}

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
        -- Closed days have the series `total`, even where no total is forecast.
        coalesce(series.series_name, results.series_id) as series_name,
        cast(results.sales_date as date) as sales_date,
        results.note,
        results.actual_value,
        results.expected_value,
        results.deviation_score,
        results.is_outlier,
        results.is_closed_day,
        results.is_filled
    from results
    left join series
        on
            results.business_id = series.business_id
            and results.series_level = series.series_level
            and results.series_id = series.series_id

)

select * from final
