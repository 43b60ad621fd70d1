with

results as (

    select * from {{ ref('retail_marts', 'py_spend_models') }}

),

final as (

    select
        business_id,
        feature,
        importance,
        importance_std,
        importance_share,
        cast(importance_rank as integer) as importance_rank,
        direction,
        cast(effect_amount as decimal(38, 2)) as effect_amount,
        low_value,
        high_value,
        missing_share,
        model_name,
        is_tuned,
        note
    from results
    where result_kind = 'drivers'

)

select * from final
