-- A cohort must have a row for each month up to the as-of month, including months
-- without sales.
with

retention as (

    select * from {{ ref('retail_marts', 'rpt_cohort_retention') }}

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

)

select
    retention.business_id,
    retention.cohort_month_start_date
from retention
inner join businesses on retention.business_id = businesses.business_id
group by
    retention.business_id, retention.cohort_month_start_date, businesses.as_of_date
having
    min(retention.months_since_first) <> 0
    or count(*) <> max(retention.months_since_first) + 1
    or max(retention.month_start_date)
    <> cast(date_trunc('month', businesses.as_of_date) as date)
    or count(distinct retention.customer_count) <> 1
    -- Only the last month may be incomplete.
    or count(case when not retention.is_complete_month then 1 end) > 1
