-- What do I do for each segment, what is it worth, and how many joined or left it?
select
    business_id,
    segment_name,
    strategy,
    expected_value_90d,
    entered_customer_count,
    left_customer_count
from {{ ref('retail_marts', 'rpt_segment_actions') }}
where algorithm = 'rfm'
order by business_id, expected_value_90d desc nulls last
