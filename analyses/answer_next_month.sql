-- What will the total sales of the next month be, within which bounds?
select
    business_id,
    month_start_date,
    total_value,
    total_lower_80,
    total_upper_80
from {{ ref('retail_marts', 'rpt_forecast_summary') }}
where series_level = 'total' and measure = 'sales_amount' and is_best_model
order by business_id, month_start_date
