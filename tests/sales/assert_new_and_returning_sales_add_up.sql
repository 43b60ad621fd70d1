-- New, returning and unknown customers together must contain all sales and orders of a
-- month. Each row is rounded to cents, so a sum may differ by half a cent per row.
with

types as (

    select
        business_id,
        month_start_date,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount,
        sum(order_count) as order_count
    from {{ ref('retail_marts', 'rpt_new_returning_sales') }}
    group by business_id, month_start_date

),

months as (

    select * from {{ ref('retail_marts', 'rpt_monthly_sales') }}

)

select
    months.business_id,
    months.month_start_date,
    months.sales_amount,
    types.sales_amount as type_sales_amount
from months
left join types
    on
        months.business_id = types.business_id
        and months.month_start_date = types.month_start_date
where
    months.order_count is distinct from types.order_count
    or abs(months.sales_amount - types.sales_amount) > 0.02
    or abs(months.profit_amount - types.profit_amount) > 0.02
