with

results as (

    select * from {{ ref('retail_marts', 'py_spend_models') }}

),

rounded as (

    select
        business_id,
        customer_id,
        spend_measure,
        cast(actual_amount as decimal(38, 2)) as actual_amount,
        cast(predicted_amount as decimal(38, 2)) as predicted_amount,
        cast(lower_80 as decimal(38, 2)) as lower_80,
        cast(upper_80 as decimal(38, 2)) as upper_80,
        cast(lower_95 as decimal(38, 2)) as lower_95,
        cast(upper_95 as decimal(38, 2)) as upper_95,
        model_name,
        is_tuned,
        is_out_of_fold,
        note
    from results
    where result_kind = 'predictions'

),

final as (

    select
        business_id,
        customer_id,
        spend_measure,
        actual_amount,
        predicted_amount,
        lower_80,
        upper_80,
        lower_95,
        upper_95,
        cast(actual_amount - predicted_amount as decimal(38, 2)) as difference_amount,
        case
            when actual_amount < lower_80 then 'below'
            when actual_amount > upper_80 then 'above'
            when actual_amount between lower_80 and upper_80 then 'within'
        end as spend_position,
        model_name,
        is_tuned,
        is_out_of_fold,
        note
    from rounded

)

select * from final
