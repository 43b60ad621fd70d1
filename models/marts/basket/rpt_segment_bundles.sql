with

bundles as (

    select * from {{ ref('retail_marts', 'py_segment_bundles') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

product_rankings as (

    select * from {{ ref('retail_marts', 'rpt_product_rankings') }}

),

category_rankings as (

    select * from {{ ref('retail_marts', 'rpt_category_rankings') }}

),

items as (

    select
        business_id,
        'product' as basket_level,
        product_id as item_id,
        sales_amount,
        profit_amount
    from product_rankings
    union all
    select
        business_id,
        category_level as basket_level,
        category_name as item_id,
        sales_amount,
        profit_amount
    from category_rankings

),

valued as (

    select
        bundles.*,
        bundles.extra_sales_amount
        * cast(items.profit_amount + other_items.profit_amount as double)
        / nullif(
            cast(items.sales_amount + other_items.sales_amount as double), 0
        ) as extra_profit_amount
    from bundles
    left join items
        on
            bundles.business_id = items.business_id
            and bundles.basket_level = items.basket_level
            and bundles.item_id = items.item_id
    left join items as other_items
        on
            bundles.business_id = other_items.business_id
            and bundles.basket_level = other_items.basket_level
            and bundles.other_item_id = other_items.item_id

),

final as (

    select
        bundles.business_id,
        bundles.segment_kind,
        bundles.segment_name,
        bundles.basket_level,
        cast(
            row_number() over (
                partition by
                    bundles.business_id,
                    bundles.segment_kind,
                    bundles.segment_name,
                    bundles.basket_level
                order by
                    bundles.is_significant desc,
                    bundles.extra_profit_amount desc nulls last,
                    bundles.bundle_rank
            ) as integer
        ) as bundle_rank,
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
        cast(bundles.extra_profit_amount as decimal(38, 2)) as extra_profit_amount,
        bundles.p_value,
        bundles.q_value,
        bundles.is_significant
    from valued as bundles
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
