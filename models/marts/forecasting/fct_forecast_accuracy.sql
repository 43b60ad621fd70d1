with

results as (

    select *
    from {{ ref('retail_marts', 'py_sales_forecasts') }} where result_kind = 'accuracy'

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
        series.product_id,
        series.store_id,
        results.model_name,
        results.grain,
        cast(results.window_count as integer) as window_count,
        cast(results.horizon_days as integer) as horizon_days,
        cast(results.training_days_min as integer) as training_days_min,
        results.mae,
        results.rmse,
        results.mape,
        cast(results.mape_skipped_count as integer) as mape_skipped_count,
        results.smape,
        results.wape,
        results.bias,
        results.mase,
        results.rmsse,
        results.coverage_80,
        results.coverage_95,
        results.fit_seconds,
        results.failure_reason,
        results.loss_name,
        cast(results.model_rank as integer) as model_rank,
        results.converged,
        results.is_baseline,
        results.beats_baseline,
        results.is_best_model,
        results.is_shared
    from results
    inner join series
        on
            results.business_id = series.business_id
            and results.series_level = series.series_level
            and results.series_id = series.series_id

)

select * from final
