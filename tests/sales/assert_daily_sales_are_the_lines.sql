-- All forecasts start from the daily series. Per business, it must contain the full
-- quantity, amount and number of orders of the lines. Each day is rounded to cents, so
-- a total may differ by half a cent per day.
with

lines as (

    select
        business_id,
        min(order_date) as first_day,
        max(order_date) as last_day,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount,
        sum(case when product_id is not null then quantity end) as product_quantity,
        sum(case when product_id is not null then sales_amount end)
            as product_sales_amount
    from {{ ref('retail_marts', 'fct_sales_lines') }}
    group by business_id

),

orders as (

    select
        business_id,
        count(*) as order_count
    from {{ ref('retail_marts', 'fct_orders') }}
    where has_sale
    group by business_id

),

days as (

    select
        business_id,
        count(*) as day_count,
        min(sales_date) as first_day,
        max(sales_date) as last_day,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount,
        sum(order_count) as order_count
    from {{ ref('retail_marts', 'fct_daily_sales') }}
    group by business_id

),

product_days as (

    select
        business_id,
        count(*) as day_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from {{ ref('retail_marts', 'fct_daily_product_sales') }}
    group by business_id

)

select
    lines.*,
    days.sales_amount as daily_sales_amount,
    product_days.sales_amount as daily_product_sales_amount
from lines
left join days on lines.business_id = days.business_id
left join product_days on lines.business_id = product_days.business_id
left join orders on lines.business_id = orders.business_id
where
    lines.first_day is distinct from days.first_day
    or lines.last_day is distinct from days.last_day
    or lines.quantity is distinct from days.quantity
    or lines.product_quantity is distinct from product_days.quantity
    or coalesce(orders.order_count, 0) is distinct from days.order_count
    or abs(lines.sales_amount - days.sales_amount) > 0.005 * days.day_count
    or abs(lines.profit_amount - days.profit_amount) > 0.005 * days.day_count
    or (lines.profit_amount is null) <> (days.profit_amount is null)
    or abs(lines.product_sales_amount - product_days.sales_amount)
    > 0.005 * product_days.day_count
    or (lines.product_sales_amount is null) <> (product_days.sales_amount is null)
