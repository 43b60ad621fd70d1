-- The totals of an order are the sums of its lines. Lines have four decimals and totals
-- two, so each total may differ by half a cent.
with

orders as (

    select * from {{ ref('retail_marts', 'fct_orders') }}

),

lines as (

    select
        business_id,
        order_id,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        sum(case when line_type = 'sale' then sales_amount else 0 end)
            as gross_sales_amount,
        -sum(case when line_type = 'return' then sales_amount else 0 end)
            as returned_sales_amount,
        sum(case when line_type = 'adjustment' then sales_amount else 0 end)
            as adjustment_amount,
        sum(profit_amount) as profit_amount,
        sum(shipping_cost_amount) as shipping_cost_amount
    from {{ ref('retail_marts', 'fct_sales_lines') }}
    group by business_id, order_id

)

select
    orders.business_id,
    orders.order_id,
    orders.sales_amount,
    lines.sales_amount as line_sales_amount
from orders
left join lines
    on orders.business_id = lines.business_id and orders.order_id = lines.order_id
where
    orders.line_count is distinct from lines.line_count
    or orders.quantity is distinct from lines.quantity
    {% for column in [
        'sales_amount', 'gross_sales_amount', 'returned_sales_amount', 'profit_amount',
        'shipping_cost_amount'
    ] -%}
    or abs(orders.{{ column }} - lines.{{ column }}) > 0.005
    or (orders.{{ column }} is null) <> (lines.{{ column }} is null)
    {% endfor -%}
    -- net = gross - returned + adjustments, so three amounts are rounded.
    or abs(
        orders.sales_amount - orders.gross_sales_amount
        + orders.returned_sales_amount - lines.adjustment_amount
    ) > 0.015
