-- Sub-categories whose sales fell from one full month to the next, latest month first.
select
    business_id,
    month_start_date,
    member_name,
    sales_amount,
    growth
from {{ ref('rpt_monthly_sales_by') }}
where dimension = 'sub_category' and growth < 0
order by business_id, month_start_date desc, growth
