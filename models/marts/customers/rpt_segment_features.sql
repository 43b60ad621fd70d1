with

results as (

    select *
    from {{ ref('retail_marts', 'py_customer_segments') }}
    where result_kind = 'features'

),

final as (

    select
        business_id,
        subject,
        feature,
        transform,
        scaling,
        note,
        mean as mean_value,
        standard_deviation,
        pca_1_loading,
        pca_2_loading,
        is_used
    from results

)

select * from final
