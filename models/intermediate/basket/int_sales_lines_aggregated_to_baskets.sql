{#- A table, because every level reads it. Products in the setting
    basket_excluded_products are left out. -#}
{{ config(materialized='table') }}
{%- set excluded = setting('basket_excluded_products') %}

with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

-- A business without quantities is not filtered by quantity.
sold as (

    select distinct
        business_id,
        order_id,
        product_id
    from lines
    where
        line_type = 'sale'
        and coalesce(quantity, 1) > 0
        and product_id is not null
        and case business_id
            when '' then false
            {% for business_id in excluded -%}
            when {{ sql_literal(business_id) }}
                then product_id not in ({{ sql_literals(excluded[business_id]) }})
            {% endfor -%}
            else true
        end

),

final as (

    select
        business_id,
        cast(
            dense_rank() over (partition by business_id order by order_id) - 1
            as integer
        ) as basket_code,
        order_id,
        product_id
    from sold

)

select * from final
