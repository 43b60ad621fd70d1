-- Segments that the customers of each RFM segment are in one month later, over all
-- complete months: for example, how many customers at risk come back and how many are
-- lost.
with

movements as (

    select * from {{ ref('retail_marts', 'rpt_segment_movements') }}

),

summed as (

    select
        business_id,
        previous_rfm_segment,
        rfm_segment,
        sum(customer_count) as customer_count
    from movements
    where is_complete_month
    group by business_id, previous_rfm_segment, rfm_segment

)

select
    business_id,
    previous_rfm_segment,
    rfm_segment,
    customer_count,
    round(
        customer_count / sum(customer_count) over (
            partition by business_id, previous_rfm_segment
        ), 3
    ) as transition_rate
from summed
order by business_id, previous_rfm_segment, customer_count desc
