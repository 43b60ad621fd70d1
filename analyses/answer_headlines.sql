-- How is the business: the latest full month, the month and the year to date?
select
    business_id,
    period,
    sentence
from {{ ref('retail_marts', 'rpt_headlines') }}
where figure in ('sales_amount', 'profit_amount', 'order_count')
order by business_id, period, figure
