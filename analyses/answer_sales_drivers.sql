-- Why did sales change from one full month to the next, and from a year ago?
select
    business_id,
    period_start_date,
    decomposition,
    driver,
    change_amount,
    year_ago_change_amount
from {{ ref('retail_marts', 'rpt_sales_drivers') }}
order by business_id, period_start_date desc, decomposition, driver
