-- Every forecast must start on the day after its business's last day, for every series
-- and model; of weeks and months, after the last one. The "next 90 days" of one
-- original notebook began in the middle of its data.
with

forecasts as (

    select * from {{ ref('retail_marts', 'fct_sales_forecasts') }}

),

daily_sales as (

    select * from {{ ref('retail_marts', 'fct_daily_sales') }}

),

ends as (

    select
        business_id,
        max(sales_date) as last_date
    from daily_sales
    group by business_id

),

starts as (

    select
        business_id,
        measure,
        series_level,
        series_id,
        model_name,
        grain,
        min(forecast_origin_date) as origin_date,
        min(forecast_date) as first_date
    from forecasts
    group by business_id, measure, series_level, series_id, model_name, grain

)

select
    starts.*,
    ends.last_date
from starts
inner join ends on starts.business_id = ends.business_id
where
    (starts.grain = 'day' and starts.origin_date <> ends.last_date)
    or {{ dbt.datediff('starts.origin_date', 'starts.first_date', 'day') }} <> 1
