-- All net sales up to the as-of date must belong to a customer of fct_customer_rfm, to
-- no customer, or to a customer with only returns. Customers are rounded to cents, so
-- each may differ by half a cent. Cohorts and segments must add up to the same
-- customers.
with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

rfm as (

    select * from {{ ref('retail_marts', 'fct_customer_rfm') }}

),

known_lines as (

    select
        lines.business_id,
        count(*) as line_count,
        count(distinct case when lines.line_type = 'sale' then lines.order_id end)
            as order_count,
        sum(lines.sales_amount) as sales_amount
    from lines
    inner join businesses on lines.business_id = businesses.business_id
    inner join {{ ref('retail_marts', 'dim_customers') }} as customers
        on
            lines.business_id = customers.business_id
            and lines.customer_id = customers.customer_id
    where
        lines.order_date <= businesses.as_of_date
        and customers.first_order_date <= businesses.as_of_date
    group by lines.business_id

),

by_customer as (

    select
        business_id,
        count(*) as customer_count,
        sum(line_count) as line_count,
        sum(order_count) as order_count,
        sum(monetary_amount) as sales_amount
    from rfm
    group by business_id

),

by_cohort as (

    select
        business_id,
        count(*) as row_count,
        sum(case when months_since_first = 0 then active_customer_count end)
            as customer_count,
        sum(order_count) as order_count,
        sum(sales_amount) as sales_amount
    from {{ ref('retail_marts', 'rpt_cohort_retention') }}
    group by business_id

),

by_segment as (

    select
        business_id,
        sum(customer_count) as customer_count,
        sum(sales_amount) as sales_amount
    from {{ ref('retail_marts', 'rpt_rfm_segments') }}
    group by business_id

)

select
    known_lines.business_id,
    known_lines.sales_amount,
    by_customer.sales_amount as customer_sales_amount,
    by_cohort.sales_amount as cohort_sales_amount,
    by_segment.sales_amount as segment_sales_amount
from known_lines
left join by_customer on known_lines.business_id = by_customer.business_id
left join by_cohort on known_lines.business_id = by_cohort.business_id
left join by_segment on known_lines.business_id = by_segment.business_id
where
    known_lines.line_count is distinct from by_customer.line_count
    -- An order with lines of two customers counts for each of them.
    or by_customer.order_count is null
    or known_lines.order_count > by_customer.order_count
    or by_customer.order_count is distinct from by_cohort.order_count
    or by_customer.customer_count is distinct from by_cohort.customer_count
    or by_customer.customer_count is distinct from by_segment.customer_count
    or by_customer.sales_amount is distinct from by_segment.sales_amount
    or abs(known_lines.sales_amount - by_customer.sales_amount)
    > 0.005 * by_customer.customer_count
    or abs(known_lines.sales_amount - by_cohort.sales_amount)
    > 0.005 * by_cohort.row_count
