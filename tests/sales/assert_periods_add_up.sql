-- A day that falls between two periods, or into both, shows in no single report: weeks,
-- months and years must each add up to the same days, quantity and money.
with

days as (

    select
        business_id,
        count(*) as day_count,
        sum(quantity) as quantity,
        sum(order_count) as order_count,
        sum(sales_amount) as sales_amount
    from {{ ref('fct_daily_sales') }}
    group by business_id

),

periods as (

    {% for period_name, model in [
        ('week', ref('rpt_weekly_sales')),
        ('month', ref('rpt_monthly_sales')),
        ('year', ref('rpt_yearly_sales')),
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

-- A business that a report lacks altogether must show as well.
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
    -- Days and periods are rounded to cents, half a cent each.
    or abs(expected.sales_amount - periods.sales_amount)
    > 0.005 * 2 * expected.day_count
