{#- Daily sums, not rounded, so that sums over them are exact. -#}
{{ config(materialized='table') }}

with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

aggregated as (

    select
        business_id,
        order_date as sales_date,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        sum(case when line_type = 'sale' then sales_amount else 0 end)
            as gross_sales_amount,
        -sum(case when line_type = 'return' then sales_amount else 0 end)
            as returned_sales_amount,
        sum(profit_amount) as profit_amount,
        sum(shipping_cost_amount) as shipping_cost_amount
    from lines
    group by business_id, order_date

)

select * from aggregated
