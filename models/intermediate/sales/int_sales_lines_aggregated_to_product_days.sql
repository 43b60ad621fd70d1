{#- Daily sums by product, not rounded, for all marts on products. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='changed_lines',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
    meta={'changed_line_key': ['business_id', 'product_id', 'sales_date']},
) }}

with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}
    where {{ is_of_changed_line() }}

),

aggregated as (

    select
        business_id,
        product_id,
        order_date as sales_date,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount
    from lines
    where product_id is not null
    group by business_id, product_id, order_date

)

select * from aggregated
