with

-- Weeks without a sale have a row, because a stacked area chart needs all weeks.
days as (

    select * from {{ ref('retail_marts', 'fct_daily_product_sales') }}

),

sold as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_product_days') }}

),

dates as (

    select * from {{ ref('retail_marts', 'dim_dates') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

summed as (

    select
        days.business_id,
        dates.week_start_date,
        days.product_id,
        sum(days.quantity) as quantity,
        sum(coalesce(sold.sales_amount, 0)) as sales_amount
    from days
    inner join dates on days.sales_date = dates.date_day
    left join sold
        on
            days.business_id = sold.business_id
            and days.product_id = sold.product_id
            and days.sales_date = sold.sales_date
    group by days.business_id, dates.week_start_date, days.product_id

),

final as (

    select
        summed.business_id,
        summed.week_start_date,
        summed.product_id,
        products.product_name,
        cast(summed.quantity as decimal(38, 4)) as quantity,
        cast(summed.sales_amount as decimal(38, 2)) as sales_amount
    from summed
    inner join products
        on
            summed.business_id = products.business_id
            and summed.product_id = products.product_id

)

select * from final
