-- Profit rate of each sub-category, and the number of its lines with a loss.
with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

summed as (

    select
        lines.business_id,
        products.sub_category,
        count(*) as line_count,
        sum(case when lines.profit_amount < 0 then 1 else 0 end) as losing_line_count,
        sum(lines.sales_amount) as sales_amount,
        sum(lines.profit_amount) as profit_amount
    from lines
    inner join products
        on
            lines.business_id = products.business_id
            and lines.product_id = products.product_id
    where lines.profit_amount is not null
    group by lines.business_id, products.sub_category

)

select
    *,
    profit_amount / nullif(sales_amount, 0) as profit_rate
from summed
order by business_id, profit_rate
