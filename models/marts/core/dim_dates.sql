{%- set today = build_day() -%}

with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

-- Full calendar years, plus the year after the last sale for forecast dates.
bounds as (

    select
        cast(
            cast(year(coalesce(min(order_date), {{ today }})) as string) || '-01-01'
            as date
        ) as first_day,
        cast(
            cast(year(coalesce(max(order_date), {{ today }})) + 1 as string)
            || '-12-31' as date
        ) as last_day
    from lines

),

days as (

    {{ days_between('bounds', 'first_day', 'last_day') | indent(4) }}

),

final as (

    select
        date_day,
        cast(date_trunc('week', date_day) as date) as week_start_date,
        cast(date_trunc('month', date_day) as date) as month_start_date,
        cast(date_trunc('quarter', date_day) as date) as quarter_start_date,
        cast(date_trunc('year', date_day) as date) as year_start_date,
        cast(year(date_day) as integer) as year,
        cast(quarter(date_day) as integer) as quarter,
        cast(month(date_day) as integer) as month,
        cast(day(date_day) as integer) as day_of_month,
        {{ iso_year('date_day') }} as iso_year,
        {{ iso_week('date_day') }} as iso_week,
        {{ iso_weekday('date_day') }} as iso_weekday,
        {{ weekday_name('date_day') }} as weekday_name,
        {{ iso_weekday('date_day') }} >= 6 as is_weekend
    from days

)

select * from final
