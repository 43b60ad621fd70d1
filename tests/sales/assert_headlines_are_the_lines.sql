-- Each headline must be what the lines and orders of its days add up to. Money is
-- rounded to cents.
with

headlines as (

    select * from {{ ref('retail_marts', 'rpt_headlines') }}

),

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

orders as (

    select * from {{ ref('retail_marts', 'fct_orders') }} where has_sale

),

spans as (

    select distinct
        business_id,
        period,
        period_start_date,
        period_end_date
    from headlines

),

sold as (

    select
        spans.business_id,
        spans.period,
        sum(lines.sales_amount) as sales_amount,
        sum(lines.profit_amount) as profit_amount,
        sum(lines.quantity) as quantity
    from spans
    inner join lines
        on
            spans.business_id = lines.business_id
            and lines.order_date between spans.period_start_date
            and spans.period_end_date
    group by spans.business_id, spans.period

),

ordered as (

    select
        spans.business_id,
        spans.period,
        count(*) as order_count,
        count(distinct orders.customer_id) as customer_count
    from spans
    inner join orders
        on
            spans.business_id = orders.business_id
            and orders.order_date between spans.period_start_date
            and spans.period_end_date
    group by spans.business_id, spans.period

),

compared as (

    select
        headlines.business_id,
        headlines.period,
        headlines.figure,
        headlines.value,
        case headlines.figure
            when 'sales_amount' then cast(sold.sales_amount as double)
            when 'profit_amount' then cast(sold.profit_amount as double)
            when 'quantity' then cast(sold.quantity as double)
            when 'order_count' then cast(ordered.order_count as double)
            when 'customer_count' then cast(ordered.customer_count as double)
            when 'mean_order_amount'
                then
                    cast(sold.sales_amount as double)
                    / nullif(cast(ordered.order_count as double), 0)
        end as expected_value
    from headlines
    left join sold
        on
            headlines.business_id = sold.business_id
            and headlines.period = sold.period
    left join ordered
        on
            headlines.business_id = ordered.business_id
            and headlines.period = ordered.period

)

select * from compared
where abs(value - coalesce(expected_value, 0)) > 0.01
