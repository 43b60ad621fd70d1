with

baskets as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_baskets') }}

),

orders as (

    select * from {{ ref('retail_marts', 'fct_orders') }}

),

final as (

    select
        baskets.business_id,
        baskets.order_id,
        orders.customer_id,
        baskets.product_id,
        orders.order_date
    from baskets
    inner join orders
        on
            baskets.business_id = orders.business_id
            and baskets.order_id = orders.order_id

)

select * from final
