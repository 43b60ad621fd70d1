with

monthly_sales as (

    select * from {{ ref('retail_marts', 'rpt_monthly_sales') }}

),

daily_sales as (

    select * from {{ ref('retail_marts', 'fct_daily_sales') }}

),

summaries as (

    select *
    from {{ ref('retail_marts', 'rpt_forecast_summary') }}
    where measure = 'sales_amount' and series_level = 'total' and is_best_model

),

forecast_starts as (

    select
        business_id,
        min(forecast_date) as first_forecast_date
    from {{ ref('retail_marts', 'fct_sales_forecasts') }}
    where measure = 'sales_amount' and series_level = 'total' and is_best_model
    group by business_id

),

dates as (

    select * from {{ ref('retail_marts', 'dim_dates') }}

),

-- In the month in which the forecast starts, its first days are known.
known_days as (

    select
        daily_sales.business_id,
        dates.month_start_date,
        sum(daily_sales.sales_amount) as known_amount
    from daily_sales
    inner join dates on daily_sales.sales_date = dates.date_day
    inner join forecast_starts on daily_sales.business_id = forecast_starts.business_id
    where daily_sales.sales_date < forecast_starts.first_forecast_date
    group by daily_sales.business_id, dates.month_start_date

),

-- What is known shifts the forecast and its bounds by the same amount.
forecasts as (

    select
        summaries.business_id,
        summaries.month_start_date,
        coalesce(known_days.known_amount, 0) as known_amount,
        summaries.total_value,
        summaries.total_lower_80,
        summaries.total_upper_80
    from summaries
    left join known_days
        on
            summaries.business_id = known_days.business_id
            and summaries.month_start_date = known_days.month_start_date

),

final as (

    select
        coalesce(monthly_sales.business_id, forecasts.business_id) as business_id,
        monthly_sales.sales_amount as actual_amount,
        {% for amount, total in [
            ('forecast_amount', 'total_value'),
            ('lower_80', 'total_lower_80'),
            ('upper_80', 'total_upper_80'),
        ] -%}
        cast(
            forecasts.known_amount + cast(forecasts.{{ total }} as decimal(38, 2))
            as decimal(38, 2)
        ) as {{ amount }},
        {% endfor -%}
        coalesce(monthly_sales.month_start_date, forecasts.month_start_date)
            as month_start_date
    from monthly_sales
    full outer join forecasts
        on
            monthly_sales.business_id = forecasts.business_id
            and monthly_sales.month_start_date = forecasts.month_start_date

)

select * from final
