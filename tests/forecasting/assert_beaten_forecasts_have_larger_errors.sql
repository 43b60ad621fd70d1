-- A model that is said to beat the baselines must have a lower error than each of them,
-- in the error that the series names, and more than one window to show it.
with

accuracy as (

    select
        *,
        case when loss_name = 'mae' then mae else rmse end as stated_loss
    from {{ ref('retail_marts', 'fct_forecast_accuracy') }}

),

baselines as (

    select
        business_id,
        measure,
        series_level,
        series_id,
        min(stated_loss) as lowest_loss
    from accuracy
    where is_baseline
    group by business_id, measure, series_level, series_id

)

select
    accuracy.business_id,
    accuracy.measure,
    accuracy.series_level,
    accuracy.series_id,
    accuracy.model_name,
    accuracy.stated_loss,
    baselines.lowest_loss
from accuracy
inner join baselines
    on
        accuracy.business_id = baselines.business_id
        and accuracy.measure = baselines.measure
        and accuracy.series_level = baselines.series_level
        and accuracy.series_id = baselines.series_id
where
    accuracy.beats_baseline
    and (
        accuracy.stated_loss >= baselines.lowest_loss
        or accuracy.window_count < 2
    )
