-- The drivers of each decomposition must add up to the change of sales, to the cent.
with

months as (

    select * from {{ ref('retail_marts', 'rpt_monthly_sales') }}

),

drivers as (

    select
        business_id,
        period_start_date,
        decomposition,
        sum(change_amount) as change_amount,
        sum(year_ago_change_amount) as year_ago_change_amount
    from {{ ref('retail_marts', 'rpt_sales_drivers') }}
    group by business_id, period_start_date, decomposition

)

select
    drivers.*,
    months.sales_amount,
    previous_months.sales_amount as previous_sales_amount,
    year_ago_months.sales_amount as year_ago_sales_amount
from drivers
left join months
    on
        drivers.business_id = months.business_id
        and drivers.period_start_date = months.month_start_date
left join months as previous_months
    on
        drivers.business_id = previous_months.business_id
        and previous_months.month_start_date
        = cast({{ dbt.dateadd('month', -1, 'drivers.period_start_date') }} as date)
left join months as year_ago_months
    on
        drivers.business_id = year_ago_months.business_id
        and year_ago_months.month_start_date
        = cast({{ dbt.dateadd('month', -12, 'drivers.period_start_date') }} as date)
where
    months.sales_amount is null
    or drivers.change_amount <> months.sales_amount - previous_months.sales_amount
    or drivers.year_ago_change_amount
    <> months.sales_amount - year_ago_months.sales_amount
    or (drivers.change_amount is not null and previous_months.sales_amount is null)
    or (
        drivers.year_ago_change_amount is not null
        and year_ago_months.sales_amount is null
    )
