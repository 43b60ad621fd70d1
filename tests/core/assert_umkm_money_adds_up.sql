-- The report states amounts for complete orders only. Sharing them over lines must keep
-- the total exactly, and the quantities of the lines must add up to the report's total.
with

orders as (

    select *
    from {{ ref('retail_marts', 'stg_umkm__orders') }} where rejection_reason is null

),

lines as (

    select
        source_row_number,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from {{ ref('retail_marts', 'int_umkm_orders_unpivoted_to_lines') }}
    group by source_row_number

)

select
    orders.source_row_number,
    orders.quantity,
    orders.sales_amount,
    lines.quantity as line_quantity,
    lines.sales_amount as line_sales_amount
from orders
left join lines on orders.source_row_number = lines.source_row_number
where
    orders.quantity is distinct from lines.quantity
    or orders.sales_amount is distinct from lines.sales_amount
