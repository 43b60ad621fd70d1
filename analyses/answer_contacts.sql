-- Whom do I contact this week, why, with which product, and what is at stake?
select
    business_id,
    customer_id,
    action,
    reason,
    recommended_product_name,
    value_at_stake_amount
from {{ ref('retail_marts', 'rpt_contact_list') }}
where action <> 'leave_alone'
order by business_id, contact_rank
