with

orders as (

    select *
    from {{ ref('retail_marts', 'stg_superstore__orders') }}
    where rejection_reason is null

),

duplicates as (

    select
        'superstore.orders' as source_table,
        source_file,
        source_row_number,
        case
            when row_number() over (
                partition by
                    order_id, customer_id, customer_name, product_id, product_name,
                    order_date, quantity, sales_amount, discount_rate, profit_amount,
                    row_id
                order by source_row_number
            ) > 1 then 'an exact duplicate of an earlier row'
        end as warning
    from orders

),

shared_order_ids as (

    select order_id
    from orders
    group by order_id
    having count(distinct customer_name) > 1

),

split_order_ids as (

    select
        order_id,
        customer_name,
        order_date
    from orders
    group by order_id, customer_name, order_date
    having count(distinct customer_id) > 1

),

several_names as (

    select product_id
    from orders
    group by product_id
    having count(distinct product_name) > 1

),

ambiguous_keys as (

    select
        'superstore.orders' as source_table,
        orders.source_file,
        orders.source_row_number,
        {{ all_of([
            (
                'shared_order_ids.order_id is not null',
                "'an order id that several customers share'"
            ),
            (
                'split_order_ids.order_id is not null',
                "'an order with several customer ids'"
            ),
            (
                'several_names.product_id is not null',
                "'a product id with several names'"
            ),
        ]) }} as warning
    from orders
    left join shared_order_ids on orders.order_id = shared_order_ids.order_id
    left join split_order_ids
        on
            orders.order_id = split_order_ids.order_id
            and orders.customer_name = split_order_ids.customer_name
            and orders.order_date = split_order_ids.order_date
    left join several_names on orders.product_id = several_names.product_id

),

returned as (

    select *
    from {{ ref('retail_marts', 'stg_superstore__returns') }}
    where rejection_reason is null

),

order_ids as (

    select distinct order_id from orders

),

unknown_returns as (

    select
        'superstore.returns' as source_table,
        returned.source_file,
        returned.source_row_number,
        case
            when order_ids.order_id is null
                then 'a returned order that is not among the orders'
        end as warning
    from returned
    left join order_ids on returned.order_id = order_ids.order_id

),

unioned as (

    select * from duplicates
    union all
    select * from ambiguous_keys
    union all
    select * from unknown_returns

)

select * from unioned where warning is not null
