-- Orders are planned by product and budgets by total, so both must agree. On every day,
-- each level with reconciled forecasts must add up to the total. Levels whose history
-- does not, because products lack a category, are left out.
with

history as (

    select
        business_id,
        measure,
        series_level,
        sum(value) as value
    from {{ ref('retail_marts', 'int_sales_series_unioned') }}
    group by business_id, measure, series_level

),

complete as (

    select history.*
    from history
    inner join history as whole
        on
            history.business_id = whole.business_id
            and history.measure = whole.measure
            and whole.series_level = 'total'
    where abs(history.value - whole.value) <= 1e-9 * (1 + abs(whole.value))

),

forecasts as (

    select *
    from {{ ref('retail_marts', 'fct_sales_forecasts') }}
    where model_name = 'reconciled'

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
inner join complete
    on
        levels.business_id = complete.business_id
        and levels.measure = complete.measure
        and levels.series_level = complete.series_level
left join totals
    on
        levels.business_id = totals.business_id
        and levels.measure = totals.measure
        and levels.forecast_date = totals.forecast_date
where
    totals.forecast_value is null
    or abs(levels.forecast_value - totals.forecast_value)
    > 1e-6 * (1 + abs(totals.forecast_value))
