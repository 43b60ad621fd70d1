{#- A table: it is read for one business after the other. -#}
{{ config(materialized='table') }}

with

products as (

    select * from {{ ref('dim_products') }}

),

lines as (

    select * from {{ ref('fct_sales_lines') }}

),

baskets as (

    select * from {{ ref('int_sales_lines_aggregated_to_baskets') }}

),

in_lines as (

    select distinct
        business_id,
        product_id
    from lines

),

in_baskets as (

    select distinct
        business_id,
        product_id
    from baskets

),

-- What was on a line but in no basket is no choice of the customer's; what was never
-- sold may become one.
final as (

    select
        products.business_id,
        products.product_id,
        products.category,
        products.sub_category
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
