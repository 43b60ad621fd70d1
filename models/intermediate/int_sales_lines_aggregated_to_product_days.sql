{#- Daily sums by product at the lines' own precision, read by every product mart. -#}
{{ config(materialized='table') }}

with

lines as (

    select * from {{ ref('fct_sales_lines') }}

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
