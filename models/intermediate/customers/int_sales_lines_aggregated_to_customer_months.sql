-- A table, because RFM, its history and the cohorts all read it.
{{ config(materialized='table') }}

with

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

-- Lines after the as-of date are left out. Not materialized: reading the lines twice
-- takes less time and memory than keeping them.
lines as {{ not_materialized() }} (

    select
        sales_lines.*,
        cast(date_trunc('month', sales_lines.order_date) as date) as month_start_date
    from {{ ref('retail_marts', 'fct_sales_lines') }} as sales_lines
    inner join businesses on sales_lines.business_id = businesses.business_id
    where
        sales_lines.customer_id is not null
        and sales_lines.order_date <= businesses.as_of_date

),

-- An order counts on the day of its first sale line.
orders as (

    select
        business_id,
        customer_id,
        order_id,
        min(month_start_date) as month_start_date
    from lines
    where line_type = 'sale'
    group by business_id, customer_id, order_id

),

order_counts as (

    select
        business_id,
        customer_id,
        month_start_date,
        count(*) as order_count
    from orders
    group by business_id, customer_id, month_start_date

),

summed as (

    select
        business_id,
        customer_id,
        month_start_date,
        min(case when line_type = 'sale' then order_date end) as first_sale_date,
        max(case when line_type = 'sale' then order_date end) as last_sale_date,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount
    from lines
    group by business_id, customer_id, month_start_date

),

final as (

    select
        summed.business_id,
        summed.customer_id,
        coalesce(order_counts.order_count, 0) as order_count,
        summed.line_count,
        summed.quantity,
        summed.sales_amount,
        summed.profit_amount,
        summed.month_start_date,
        summed.first_sale_date,
        summed.last_sale_date
    from summed
    left join order_counts
        on
            summed.business_id = order_counts.business_id
            and summed.customer_id = order_counts.customer_id
            and summed.month_start_date = order_counts.month_start_date

)

select * from final
