{#- A table, because it is read once per business. -#}
{{ config(materialized='table') }}

with

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

baskets as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_baskets') }}

),

in_lines as (

    select
        business_id,
        product_id,
        sum(case when line_type = 'sale' then sales_amount end) as sales_amount
    from lines
    group by business_id, product_id

),

in_baskets as (

    select
        business_id,
        product_id,
        count(*) as order_count
    from baskets
    group by business_id, product_id

),

-- A product with lines but without a basket (such as a fee) is left out. A product
-- that was never sold can be chosen.
final as (

    select
        products.business_id,
        products.product_id,
        products.product_name,
        products.category,
        products.sub_category,
        cast(in_lines.sales_amount as double)
        / in_baskets.order_count as amount_per_order
    from products
    left join in_lines
        on
            products.business_id = in_lines.business_id
            and products.product_id = in_lines.product_id
    left join in_baskets
        on
            products.business_id = in_baskets.business_id
            and products.product_id = in_baskets.product_id
    where in_baskets.product_id is not null or in_lines.product_id is null

)

select * from final
