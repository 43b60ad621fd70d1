-- Segment history and fct_customer_rfm are calculated in different ways. At the as-of
-- date, each customer must have the same values in both.
with

rfm as (

    select * from {{ ref('retail_marts', 'fct_customer_rfm') }}

),

history as (

    select * from {{ ref('retail_marts', 'fct_segment_history') }}

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

last_month as (

    select history.*
    from history
    inner join businesses on history.business_id = businesses.business_id
    where
        history.month_start_date
        = cast(date_trunc('month', businesses.as_of_date) as date)

)

select
    coalesce(rfm.business_id, last_month.business_id) as business_id,
    coalesce(rfm.customer_id, last_month.customer_id) as customer_id,
    rfm.rfm_segment,
    last_month.rfm_segment as last_rfm_segment
from rfm
full outer join last_month
    on
        rfm.business_id = last_month.business_id
        and rfm.customer_id = last_month.customer_id
where
    rfm.rfm_segment is distinct from last_month.rfm_segment
    or rfm.r_score is distinct from last_month.r_score
    or rfm.f_score is distinct from last_month.f_score
    or rfm.m_score is distinct from last_month.m_score
    or rfm.as_of_date is distinct from last_month.as_of_date
