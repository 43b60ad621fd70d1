-- Receipt numbers that restart each day or in each store would merge several orders
-- into one. Set `order_key` of the entry to keep them apart, for example [order_id,
-- order_date]. Shipped sources are left out, because each of their affected rows has a
-- warning.
{{ config(severity='warn') }}

with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

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
