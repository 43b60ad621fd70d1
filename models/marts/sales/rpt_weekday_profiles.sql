with

daily_sales as (

    select * from {{ ref('retail_marts', 'fct_daily_sales') }}

),

dates as (

    select * from {{ ref('retail_marts', 'dim_dates') }}

),

summed as (

    select
        daily_sales.business_id,
        dates.iso_weekday,
        dates.weekday_name,
        count(*) as day_count,
        avg(cast(daily_sales.quantity as double)) as mean_quantity,
        avg(cast(daily_sales.sales_amount as double)) as mean_sales_amount,
        avg(cast(daily_sales.order_count as double)) as mean_order_count,
        sum(daily_sales.sales_amount) as sales_amount
    from daily_sales
    inner join dates on daily_sales.sales_date = dates.date_day
    group by daily_sales.business_id, dates.iso_weekday, dates.weekday_name

),

final as (

    select
        business_id,
        iso_weekday,
        weekday_name,
        cast(day_count as integer) as day_count,
        mean_quantity,
        mean_sales_amount,
        mean_order_count,
        cast(sales_amount as double) / nullif(
            cast(sum(sales_amount) over (partition by business_id) as double), 0
        ) as sales_share
    from summed

)

select * from final
