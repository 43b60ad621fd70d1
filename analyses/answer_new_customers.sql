-- Which share of a year's sales comes from first orders of customers?
select
    business_id,
    year(month_start_date) as sales_year,
    sum(case when customer_type = 'new' then sales_amount else 0 end)
    / nullif(sum(sales_amount), 0) as new_share
from {{ ref('retail_marts', 'rpt_new_returning_sales') }}
group by business_id, year(month_start_date)
order by business_id, sales_year
