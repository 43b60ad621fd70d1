-- What is returned the most? Other dimensions: total, category, product, store.
select
    business_id,
    member_name,
    returned_order_count,
    returned_amount,
    amount_return_rate
from {{ ref('retail_marts', 'rpt_return_rates') }}
where dimension = 'sub_category'
order by business_id, amount_return_rate desc
