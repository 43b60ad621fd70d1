-- What does each discount band bring in, what would it have been worth at full price,
-- and how much of it is profit?
select
    business_id,
    discount_band,
    sales_amount,
    undiscounted_amount,
    profit_amount,
    profit_rate
from {{ ref('retail_marts', 'rpt_discount_effects') }}
order by business_id, lower, upper
