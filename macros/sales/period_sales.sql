{#
    CTEs up to `period_sales`: daily sales summed over calendar periods, with the growth
    from the previous period. Growth is null for the first period and where the previous
    value is zero or negative, because growth on a loss has no meaning.

    period_sales('week_start_date')   -- a column of dim_dates
#}
{% macro period_sales(period) -%}
-- Has a row for every day, with its orders.
daily_sales as (

    select * from {{ ref('retail_marts', 'fct_daily_sales') }}

),

-- The money comes from the unrounded sums.
sold as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_days') }}

),

dates as (

    select * from {{ ref('retail_marts', 'dim_dates') }}

),

summed as (

    select
        daily_sales.business_id,
        dates.{{ period }},
        count(*) as day_count,
        sum(daily_sales.quantity) as quantity,
        coalesce(sum(sold.sales_amount), 0) as sales_amount,
        coalesce(sum(sold.gross_sales_amount), 0) as gross_sales_amount,
        coalesce(sum(sold.returned_sales_amount), 0) as returned_sales_amount,
        -- A period without a line: zero, or null where profit is not known at all.
        case
            when count(daily_sales.profit_amount) > 0
                then coalesce(sum(sold.profit_amount), 0)
        end as profit_amount,
        sum(daily_sales.order_count) as order_count
    from daily_sales
    inner join dates on daily_sales.sales_date = dates.date_day
    left join sold
        on
            daily_sales.business_id = sold.business_id
            and daily_sales.sales_date = sold.sales_date
    group by daily_sales.business_id, dates.{{ period }}

),

compared as (

    select
        *,
        lag(sales_amount) over (
            partition by business_id order by {{ period }}
        ) as previous_sales_amount,
        lag(profit_amount) over (
            partition by business_id order by {{ period }}
        ) as previous_profit_amount
    from summed

),

period_sales as (

    select
        business_id,
        {{ period }},
        cast(day_count as integer) as day_count,
        cast(quantity as decimal(38, 4)) as quantity,
        cast(sales_amount as decimal(38, 2)) as sales_amount,
        cast(gross_sales_amount as decimal(38, 2)) as gross_sales_amount,
        cast(returned_sales_amount as decimal(38, 2)) as returned_sales_amount,
        cast(profit_amount as decimal(38, 2)) as profit_amount,
        cast(order_count as bigint) as order_count,
        case when previous_sales_amount > 0 then
            cast(sales_amount as double) / cast(previous_sales_amount as double) - 1
        end as sales_growth_rate,
        case when previous_profit_amount > 0 then
            cast(profit_amount as double) / cast(previous_profit_amount as double) - 1
        end as profit_growth_rate
    from compared

)
{%- endmacro %}
