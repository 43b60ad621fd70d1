{#-
    Daily sums by store and product, not rounded; empty unless a business is forecast by
    store and product. In the id of a series, each | of a store or product is doubled, so
    that the separator occurs once.
-#}
{%- set by_business = setting('forecast_business_levels') -%}
{%- set chosen = namespace(any='store_product' in setting('forecast_levels')) -%}
{%- for business_id in by_business if 'store_product' in by_business[business_id] -%}
    {%- set chosen.any = true -%}
{%- endfor -%}

with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

aggregated as (

    select
        business_id,
        store_id,
        product_id,
        replace(store_id, '|', '||') || ' | ' || replace(product_id, '|', '||')
            as series_id,
        order_date as sales_date,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from lines
    where
        store_id is not null
        and product_id is not null
        and {{ 'true' if chosen.any else 'false' }}
    group by business_id, store_id, product_id, order_date

)

select * from aggregated
