-- Mean retention by months since the first sale, over cohorts weighted by size, and the
-- cumulative net sales per customer. Incomplete months are left out.
with

retention as (

    select * from {{ ref('retail_marts', 'rpt_cohort_retention') }}

),

curves as (

    select
        business_id,
        months_since_first,
        count(*) as cohort_count,
        sum(customer_count) as customer_count,
        sum(active_customer_count) as active_customer_count,
        sum(sales_amount) as sales_amount
    from retention
    where is_complete_month
    group by business_id, months_since_first

)

select
    business_id,
    months_since_first,
    cohort_count,
    customer_count,
    round(active_customer_count / customer_count, 4) as retention_rate,
    round(
        sum(sales_amount / customer_count) over (
            partition by business_id
            order by months_since_first
            rows between unbounded preceding and current row
        ), 2
    ) as sales_amount_by_then
from curves
order by business_id, months_since_first
