-- Orders are planned by product and budgets by total, so both must agree. On every day,
-- each level with reconciled forecasts must add up to the total.
with

forecasts as (

    select * from {{ ref('fct_sales_forecasts') }} where model_name = 'reconciled'

),

totals as (

    select * from forecasts where series_level = 'total'

),

levels as (

    select
        business_id,
        measure,
        series_level,
        forecast_date,
        sum(forecast_value) as forecast_value
    from forecasts
    where series_level <> 'total'
    group by business_id, measure, series_level, forecast_date

)

select
    levels.business_id,
    levels.measure,
    levels.series_level,
    levels.forecast_date,
    levels.forecast_value as level_value,
    totals.forecast_value as total_value
from levels
left join totals
    on
        levels.business_id = totals.business_id
        and levels.measure = totals.measure
        and levels.forecast_date = totals.forecast_date
where
    totals.forecast_value is null
    or abs(levels.forecast_value - totals.forecast_value)
    > 1e-6 * (1 + abs(totals.forecast_value))
