-- Each series must have exactly one best model, and it must rank first. The report
-- would otherwise have no forecast for the series.
with

accuracy as (

    select * from {{ ref('retail_marts', 'fct_forecast_accuracy') }}

)

select
    business_id,
    measure,
    series_level,
    series_id,
    count(*) as best_count
from accuracy
group by business_id, measure, series_level, series_id
having
    sum(case when is_best_model then 1 else 0 end) <> 1
    or sum(
        case when is_best_model and coalesce(model_rank, 1) <> 1 then 1 else 0 end
    ) > 0
