with

results as (

    select * from {{ ref('retail_marts', 'py_event_effects') }}

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
        results.event_type,
        results.event_name,
        results.note,
        results.day_count,
        results.actual_value,
        results.expected_value,
        results.effect_share,
        results.effect_lower_95,
        results.effect_upper_95,
        results.is_beyond_chance
    from results
    inner join series
        on
            results.business_id = series.business_id
            and results.series_level = series.series_level
            and results.series_id = series.series_id

)

select * from final
