with

sold as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_product_days') }}

),

-- The series of a product runs from its first line to its last.
lives as (

    select
        business_id,
        product_id,
        min(sales_date) as first_day,
        max(sales_date) as last_day,
        case when count(quantity) > 0 then 0 end as no_quantity
    from sold
    group by business_id, product_id

),

days as (

    {{ days_between(
        'lives', 'first_day', 'last_day', ['business_id', 'product_id', 'no_quantity']
    ) | indent(4) }}

),

final as (

    select
        days.business_id,
        days.product_id,
        days.date_day as sales_date,
        cast(coalesce(sold.quantity, days.no_quantity) as decimal(38, 4)) as quantity,
        cast(coalesce(sold.sales_amount, 0) as decimal(38, 2)) as sales_amount
    from days
    left join sold
        on
            days.business_id = sold.business_id
            and days.product_id = sold.product_id
            and days.date_day = sold.sales_date

)

select * from final
