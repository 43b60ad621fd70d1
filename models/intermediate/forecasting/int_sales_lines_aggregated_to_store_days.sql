{#- Daily sums by store, not rounded. -#}
{{ config(materialized='table') }}

with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

aggregated as (

    select
        business_id,
        store_id,
        order_date as sales_date,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from lines
    where store_id is not null
    group by business_id, store_id, order_date

)

select * from aggregated
