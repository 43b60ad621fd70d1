with

lines as (

    select
        *,
        cast(date_trunc('month', order_date) as date) as month_start_date
    from {{ ref('retail_marts', 'fct_sales_lines') }}

),

orders as (

    select
        *,
        cast(date_trunc('month', order_date) as date) as month_start_date
    from {{ ref('retail_marts', 'fct_orders') }}

),

full_months as (

    select * from {{ ref('retail_marts', 'int_sales_months_marked') }}

),

first_days as (

    select
        business_id,
        customer_id,
        min(order_date) as first_order_date
    from orders
    where has_sale and customer_id is not null
    group by business_id, customer_id

),

-- A customer who only returns goods has bought them before the first file.
typed_orders as (

    select
        orders.business_id,
        orders.month_start_date,
        orders.order_id,
        orders.customer_id,
        orders.has_sale,
        case
            when orders.customer_id is null then 'unknown'
            when orders.order_date <= first_days.first_order_date then 'new'
            else 'returning'
        end as customer_type
    from orders
    left join first_days
        on
            orders.business_id = first_days.business_id
            and orders.customer_id = first_days.customer_id

),

sold as (

    select
        lines.business_id,
        lines.month_start_date,
        typed_orders.customer_type,
        sum(lines.sales_amount) as sales_amount,
        sum(lines.profit_amount) as profit_amount
    from lines
    inner join typed_orders
        on
            lines.business_id = typed_orders.business_id
            and lines.order_id = typed_orders.order_id
    group by lines.business_id, lines.month_start_date, typed_orders.customer_type

),

ordered as (

    select
        business_id,
        month_start_date,
        customer_type,
        count(*) as order_count,
        count(distinct customer_id) as customer_count
    from typed_orders
    where has_sale
    group by business_id, month_start_date, customer_type

),

-- Each type that a business has gets a row for every month.
types as (

    select
        business_id,
        customer_type,
        case when count(profit_amount) > 0 then 0 end as no_profit
    from sold
    group by business_id, customer_type

),

filled as (

    select
        full_months.business_id,
        full_months.month_start_date,
        types.customer_type,
        coalesce(sold.sales_amount, 0) as sales_amount,
        coalesce(sold.profit_amount, types.no_profit) as profit_amount,
        coalesce(ordered.order_count, 0) as order_count,
        coalesce(ordered.customer_count, 0) as customer_count,
        full_months.is_full_month
    from full_months
    inner join types on full_months.business_id = types.business_id
    left join sold
        on
            full_months.business_id = sold.business_id
            and full_months.month_start_date = sold.month_start_date
            and types.customer_type = sold.customer_type
    left join ordered
        on
            full_months.business_id = ordered.business_id
            and full_months.month_start_date = ordered.month_start_date
            and types.customer_type = ordered.customer_type

),

final as (

    select
        business_id,
        month_start_date,
        customer_type,
        cast(sales_amount as decimal(38, 2)) as sales_amount,
        cast(profit_amount as decimal(38, 2)) as profit_amount,
        cast(order_count as bigint) as order_count,
        cast(customer_count as bigint) as customer_count,
        cast(sales_amount as double) / nullif(
            cast(
                sum(sales_amount) over (partition by business_id, month_start_date)
                as double
            ), 0
        ) as sales_share,
        is_full_month
    from filled

)

select * from final
