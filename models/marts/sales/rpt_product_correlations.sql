with

correlations as (

    select * from {{ ref('retail_marts', 'py_product_correlations') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

final as (

    select
        correlations.business_id,
        correlations.product_id,
        correlations.other_product_id,
        products.product_name,
        other_products.product_name as other_product_name,
        correlations.day_count,
        correlations.correlation
    from correlations
    inner join products
        on
            correlations.business_id = products.business_id
            and correlations.product_id = products.product_id
    inner join products as other_products
        on
            correlations.business_id = other_products.business_id
            and correlations.other_product_id = other_products.product_id

)

select * from final
