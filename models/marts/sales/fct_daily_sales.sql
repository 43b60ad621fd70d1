with

sold as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_days') }}

),

orders as (

    select * from {{ ref('retail_marts', 'fct_orders') }}

),

-- An order with a sale counts on its own day.
ordered as (

    select
        business_id,
        order_date,
        count(*) as order_count,
        count(distinct customer_id) as customer_count
    from orders
    where has_sale
    group by business_id, order_date

),

-- A measure that the business never records is null on days without sales, too.
lives as (

    select
        business_id,
        min(sales_date) as first_day,
        max(sales_date) as last_day,
        case when count(quantity) > 0 then 0 end as no_quantity,
        case when count(profit_amount) > 0 then 0 end as no_profit,
        case when count(shipping_cost_amount) > 0 then 0 end as no_shipping_cost
    from sold
    group by business_id

),

days as (

    {{ days_between(
        'lives', 'first_day', 'last_day',
        ['business_id', 'no_quantity', 'no_profit', 'no_shipping_cost']
    ) | indent(4) }}

),

final as (

    select
        days.business_id,
        days.date_day as sales_date,
        cast(coalesce(sold.quantity, days.no_quantity) as decimal(38, 4)) as quantity,
        cast(coalesce(sold.sales_amount, 0) as decimal(38, 2)) as sales_amount,
        cast(coalesce(sold.gross_sales_amount, 0) as decimal(38, 2))
            as gross_sales_amount,
        cast(coalesce(sold.returned_sales_amount, 0) as decimal(38, 2))
            as returned_sales_amount,
        cast(coalesce(sold.profit_amount, days.no_profit) as decimal(38, 2))
            as profit_amount,
        cast(
            coalesce(sold.shipping_cost_amount, days.no_shipping_cost) as decimal(38, 2)
        ) as shipping_cost_amount,
        coalesce(ordered.order_count, 0) as order_count,
        coalesce(ordered.customer_count, 0) as customer_count
    from days
    left join sold
        on days.business_id = sold.business_id and days.date_day = sold.sales_date
    left join ordered
        on days.business_id = ordered.business_id and days.date_day = ordered.order_date

)

select * from final
