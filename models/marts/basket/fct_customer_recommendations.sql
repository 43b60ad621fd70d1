with

results as (

    select *
    from {{ ref('retail_marts', 'py_recommendations') }} where result_kind = 'customers'

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

final as (

    select
        results.business_id,
        results.customer_id,
        cast(results.recommendation_rank as integer) as recommendation_rank,
        results.recommended_product_id,
        recommended.product_name as recommended_product_name,
        recommended.category as recommended_category,
        recommended.sub_category as recommended_sub_category,
        results.reason,
        results.because_product_id,
        because.product_name as because_product_name,
        results.evidence_count,
        results.confidence,
        results.lift,
        results.q_value,
        results.score,
        cast(results.last_bought_date as date) as last_bought_date,
        cast(results.due_date as date) as due_date
    from results
    inner join products as recommended
        on
            results.business_id = recommended.business_id
            and results.recommended_product_id = recommended.product_id
    left join products as because
        on
            results.business_id = because.business_id
            and results.because_product_id = because.product_id

)

select * from final
