with

results as (

    select * from {{ ref('retail_marts', 'py_prospects') }}

),

final as (

    select
        business_id,
        population_id,
        model_name,
        calibration,
        auc,
        auc_error,
        top_decile_customer_share,
        top_decile_lift,
        log_loss,
        brier,
        calibration_error,
        fit_seconds,
        is_baseline,
        is_explainable,
        beats_baseline,
        is_best_model,
        is_used
    from results
    where result_kind = 'scores'

)

select * from final
