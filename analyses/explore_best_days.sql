-- The ten days with the highest net sales of each business, with their weekdays.
with

daily_sales as (

    select * from {{ ref('retail_marts', 'fct_daily_sales') }}

),

dates as (

    select * from {{ ref('retail_marts', 'dim_dates') }}

),

ranked as (

    select
        daily_sales.business_id,
        daily_sales.sales_date,
        dates.weekday_name,
        daily_sales.quantity,
        daily_sales.sales_amount,
        row_number() over (
            partition by daily_sales.business_id
            order by daily_sales.sales_amount desc, daily_sales.sales_date
        ) as day_rank
    from daily_sales
    inner join dates on daily_sales.sales_date = dates.date_day

)

select * from ranked
where day_rank <= 10
order by business_id, day_rank
