-- What do I reorder now, at which stock, and with which safety stock?
select
    business_id,
    product_name,
    safety_stock_quantity,
    reorder_point_quantity,
    order_quantity,
    cover_days
from {{ ref('retail_marts', 'rpt_replenishment') }}
where safety_stock_quantity is not null
order by business_id, stock_out_risk desc nulls last, abc_class, product_id
