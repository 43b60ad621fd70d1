with

results as (

    select *
    from {{ ref('retail_marts', 'py_recommendations') }} where result_kind = 'products'

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

final as (

    select
        results.business_id,
        results.product_id,
        cast(results.recommendation_rank as integer) as recommendation_rank,
        results.recommended_product_id,
        products.product_name,
        recommended.product_name as recommended_product_name,
        recommended.category as recommended_category,
        recommended.sub_category as recommended_sub_category,
        results.reason,
        results.evidence_count,
        results.confidence,
        results.lift,
        results.q_value,
        results.score
    from results
    inner join products
        on
            results.business_id = products.business_id
            and results.product_id = products.product_id
    inner join products as recommended
        on
            results.business_id = recommended.business_id
            and results.recommended_product_id = recommended.product_id

)

select * from final
