-- What did each store sell each month? Other dimensions: category, sub_category,
-- product, region, customer_group, ship_mode.
select
    business_id,
    month_start_date,
    member_id,
    member_name,
    sales_amount,
    growth
from {{ ref('retail_marts', 'rpt_monthly_sales_by') }}
where dimension = 'store' and is_full_month
order by business_id, month_start_date desc, sales_amount desc
