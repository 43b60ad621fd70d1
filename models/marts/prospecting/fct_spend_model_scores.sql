with

results as (

    select * from {{ ref('retail_marts', 'py_spend_models') }}

),

final as (

    select
        business_id,
        model_name,
        is_tuned,
        split,
        spend_measure,
        cast(customer_count as integer) as customer_count,
        mae,
        mse,
        rmse,
        r2,
        is_baseline,
        beats_baseline,
        baseline_p_value,
        tuning_helped,
        cast(model_rank as integer) as model_rank,
        is_best_model,
        coverage_80,
        coverage_95,
        hyperparameters,
        fit_seconds,
        converged,
        note
    from results
    where result_kind = 'scores'

)

select * from final
