with

results as (

    select * from {{ ref('retail_marts', 'py_prospects') }}

),

final as (

    select
        -- ids
        business_id,
        population_id,

        -- strings
        reason,
        warning,
        expected_spend_note,
        compared_columns,
        left_out_columns,
        model_name,

        -- numbers
        cast(customer_count as integer) as customer_count,
        cast(compared_customer_count as integer) as compared_customer_count,
        cast(row_count as integer) as row_count,
        cast(family_count as integer) as family_count,
        cast(training_family_count as integer) as training_family_count,
        population_weight,
        auc,
        within_range_share,
        effective_share,

        -- booleans
        is_compared,
        has_little_overlap
    from results
    where result_kind = 'overlap'

)

select * from final
