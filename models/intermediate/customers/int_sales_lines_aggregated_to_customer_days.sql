{#- One row per customer and day with a line, up to the as-of date. -#}
with

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

aggregated as (

    select
        lines.business_id,
        lines.customer_id,
        lines.order_date as sales_date,
        sum(lines.sales_amount) as sales_amount,
        max(case when lines.line_type = 'sale' then 1 else 0 end) = 1 as has_sale
    from lines
    inner join businesses on lines.business_id = businesses.business_id
    where
        lines.customer_id is not null
        and lines.order_date <= businesses.as_of_date
    group by lines.business_id, lines.customer_id, lines.order_date

)

select * from aggregated
