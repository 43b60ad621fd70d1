-- Weeks, months and years must each add up to the same number of days, quantity and
-- amount. A day that falls between two periods, or into both, would not show in any
-- single report.
with

days as (

    select
        business_id,
        count(*) as day_count,
        sum(quantity) as quantity,
        sum(order_count) as order_count,
        sum(sales_amount) as sales_amount
    from {{ ref('retail_marts', 'fct_daily_sales') }}
    group by business_id

),

periods as (

    {% for period_name, model in [
        ('week', ref('retail_marts', 'rpt_weekly_sales')),
        ('month', ref('retail_marts', 'rpt_monthly_sales')),
        ('year', ref('retail_marts', 'rpt_yearly_sales')),
    ] -%}
    select
        '{{ period_name }}' as period_name,
        business_id,
        sum(day_count) as day_count,
        sum(quantity) as quantity,
        sum(order_count) as order_count,
        sum(sales_amount) as sales_amount
    from {{ model }}
    group by business_id
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

period_names as (

    select distinct period_name from periods

),

-- The test must also find a business that is missing from a report.
expected as (

    select
        period_names.period_name,
        days.business_id,
        days.day_count,
        days.quantity,
        days.order_count,
        days.sales_amount
    from period_names
    cross join days

)

select
    expected.period_name,
    expected.business_id,
    expected.sales_amount,
    periods.sales_amount as period_sales_amount
from expected
left join periods
    on
        expected.period_name = periods.period_name
        and expected.business_id = periods.business_id
where
    expected.day_count is distinct from periods.day_count
    or expected.quantity is distinct from periods.quantity
    or expected.order_count is distinct from periods.order_count
    -- Days and periods are rounded to cents, so each may differ by half a cent.
    or abs(expected.sales_amount - periods.sales_amount)
    > 0.005 * 2 * expected.day_count
