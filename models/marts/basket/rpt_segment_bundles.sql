with

bundles as (

    select * from {{ ref('retail_marts', 'py_segment_bundles') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

final as (

    select
        bundles.business_id,
        bundles.segment_kind,
        bundles.segment_name,
        bundles.basket_level,
        cast(bundles.bundle_rank as integer) as bundle_rank,
        bundles.item_id,
        bundles.other_item_id,
        coalesce(products.product_name, bundles.item_id) as item_name,
        coalesce(other_products.product_name, bundles.other_item_id)
            as other_item_name,
        bundles.customer_count,
        bundles.basket_count,
        bundles.segment_basket_total,
        bundles.rest_basket_count,
        bundles.rest_basket_total,
        bundles.support,
        bundles.rest_support,
        bundles.support_ratio,
        bundles.extra_basket_count,
        cast(bundles.extra_sales_amount as decimal(38, 2)) as extra_sales_amount,
        bundles.p_value,
        bundles.q_value,
        bundles.is_significant
    from bundles
    left join products
        on
            bundles.basket_level = 'product'
            and bundles.business_id = products.business_id
            and bundles.item_id = products.product_id
    left join products as other_products
        on
            bundles.basket_level = 'product'
            and bundles.business_id = other_products.business_id
            and bundles.other_item_id = other_products.product_id

)

select * from final
