{#-
    Every series to forecast: one row per series, measure and day with sales. Days without
    a row have no sales. The settings forecast_levels, forecast_business_levels and
    forecast_measures choose levels and measures.
-#}
{%- set business_levels = setting('forecast_business_levels') -%}

with

days as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_days') }}

),

product_days as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_product_days') }}

),

store_days as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_store_days') }}

),

store_product_days as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_store_product_days') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

levels as (

    select
        business_id,
        'total' as series_level,
        'total' as series_id,
        sales_date,
        quantity,
        sales_amount
    from days
    {% for level in ['category', 'sub_category'] -%}
    union all
    select
        product_days.business_id,
        '{{ level }}' as series_level,
        products.{{ level }} as series_id,
        product_days.sales_date,
        sum(product_days.quantity) as quantity,
        sum(product_days.sales_amount) as sales_amount
    from product_days
    inner join products
        on
            product_days.business_id = products.business_id
            and product_days.product_id = products.product_id
    where products.{{ level }} is not null
    group by product_days.business_id, products.{{ level }}, product_days.sales_date
    {% endfor -%}
    union all
    select
        business_id,
        'product' as series_level,
        product_id as series_id,
        sales_date,
        quantity,
        sales_amount
    from product_days
    union all
    select
        business_id,
        'store' as series_level,
        store_id as series_id,
        sales_date,
        quantity,
        sales_amount
    from store_days
    union all
    select
        business_id,
        'store_product' as series_level,
        series_id,
        sales_date,
        quantity,
        sales_amount
    from store_product_days

),

chosen as (

    select * from levels
    where
        case business_id
            when '' then false
            {% for business_id in business_levels -%}
            when {{ sql_literal(business_id) }}
                then series_level in ({{ sql_literals(business_levels[business_id]) }})
            {% endfor -%}
            else series_level in ({{ sql_literals(setting('forecast_levels')) }})
        end

),

measured as (

    {% for measure in setting('forecast_measures') -%}
    select
        business_id,
        '{{ measure }}' as measure,
        series_level,
        series_id,
        sales_date,
        cast({{ measure }} as double) as value
    from chosen
    where {{ measure }} is not null
    union all
    {% endfor -%}
    select
        business_id,
        'none' as measure,
        series_level,
        series_id,
        sales_date,
        cast(null as double) as value
    from chosen
    where false

)

select * from measured
