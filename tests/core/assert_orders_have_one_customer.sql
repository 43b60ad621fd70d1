-- Receipt numbers that start anew each day, or in each store, would melt several orders
-- into one. The entry's `order_key` tells them apart: [order_id, order_date], say. What
-- the shipped sources do is known, and warned about row by row.
{{ config(severity='warn') }}

with

lines as (

    select * from {{ ref('fct_sales_lines') }}

)

select
    business_id,
    order_id,
    min(customer_id) as one_customer_id,
    max(customer_id) as other_customer_id
from lines
where business_id not in ({{ sql_literals(setting('businesses')) }})
group by business_id, order_id
having min(customer_id) <> max(customer_id)
