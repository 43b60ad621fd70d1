{#- A table, because it is read twice: to count items, then to code frequent ones. -#}
{{ config(materialized='table') }}
{%- set levels = setting('basket_levels') %}

with

baskets as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_baskets') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

-- A product without a category or sub-category is left out at that level.
unioned as (

    {% for level in ['category', 'sub_category'] if level in levels -%}
    select distinct
        baskets.business_id,
        '{{ level }}' as basket_level,
        baskets.basket_code,
        products.{{ level }} as item_id
    from baskets
    inner join products
        on
            baskets.business_id = products.business_id
            and baskets.product_id = products.product_id
    where products.{{ level }} is not null
    union all
    {% endfor -%}
    select
        business_id,
        'product' as basket_level,
        basket_code,
        product_id as item_id
    from baskets
    where {{ 'true' if 'product' in levels else 'false' }}

)

select * from unioned
