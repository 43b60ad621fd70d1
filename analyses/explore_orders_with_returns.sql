-- Number of orders and of returned orders, by year and region.
with

orders as (

    select * from {{ ref('retail_marts', 'fct_orders') }}

)

select
    business_id,
    year(order_date) as order_year,
    region,
    count(*) as order_count,
    sum(case when is_returned then 1 else 0 end) as returned_order_count
from orders
group by business_id, order_year, region
order by business_id, order_year, region
