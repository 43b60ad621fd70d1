{#- Which months a business's files cover from the first day to the last. -#}
with

sold as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_days') }}

),

paired as (

    select
        business_id,
        sales_date,
        lag(sales_date) over (
            partition by business_id order by sales_date
        ) as previous_sales_date
    from sold

),

gaps as (

    select
        business_id,
        {{ dbt.datediff('previous_sales_date', 'sales_date', 'day') }} as gap_days
    from paired
    where previous_sales_date is not null

),

ranked as (

    select
        business_id,
        gap_days,
        cume_dist() over (partition by business_id order by gap_days) as gap_share
    from gaps

),

usual_gaps as (

    select
        business_id,
        min(gap_days) as usual_gap_days
    from ranked
    where gap_share >= 0.9
    group by business_id

),

lives as (

    select
        business_id,
        min(sales_date) as first_day,
        max(sales_date) as last_day,
        cast(date_trunc('month', min(sales_date)) as date) as first_month,
        cast(date_trunc('month', max(sales_date)) as date) as last_month
    from sold
    group by business_id

),

months as (

    {{ months_between(
        'lives', 'first_month', 'last_month', ['business_id', 'first_day', 'last_day']
    ) | indent(4) }}

),

bounded as (

    select
        months.*,
        cast({{ dbt.last_day('months.month_start_date', 'month') }} as date)
            as month_end_date,
        coalesce(usual_gaps.usual_gap_days, 1) as usual_gap_days
    from months
    left join usual_gaps on months.business_id = usual_gaps.business_id

),

-- A shop that is closed on Sundays has no line on a month's last day if it is a Sunday.
-- The month is still whole.
covered as (

    select
        business_id,
        month_start_date,
        month_end_date,
        case
            when
                {{ dbt.datediff('month_start_date', 'first_day', 'day') }}
                < usual_gap_days
                then month_start_date
            else first_day
        end as covered_from_date,
        case
            when
                {{ dbt.datediff('last_day', 'month_end_date', 'day') }} < usual_gap_days
                then month_end_date
            else last_day
        end as covered_to_date
    from bounded

),

marked as (

    select
        business_id,
        month_start_date,
        month_end_date,
        covered_from_date,
        covered_to_date,
        month_start_date = covered_from_date and month_end_date = covered_to_date
            as is_full_month
    from covered

)

select * from marked
