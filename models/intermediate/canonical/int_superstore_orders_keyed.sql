with

orders as (

    select *
    from {{ ref('retail_marts', 'stg_superstore__orders') }}
    where rejection_reason is null

),

returned_orders as (

    select order_id from {{ ref('retail_marts', 'stg_superstore__returns') }}
    where rejection_reason is null

),

keyed as (

    select
        cast(orders.source_row_number as string) as sales_line_id,
        {{ line_type('orders.quantity < 0', 'orders.quantity', 'orders.sales_amount') }}
            as line_type,
        -- Several customers can have the same Order ID, so the key includes the name.
        -- Names are personal, so the key is a keyed hash.
        {{ keyed_hash(
            "orders.order_id || '|' || orders.customer_name || '|'"
            ~ " || cast(orders.order_date as string)"
        ) }} as order_id,
        orders.order_id as source_order_id,
        {% if setting('superstore_customer_key') == 'name' -%}
        {{ keyed_hash('orders.customer_name') }}
        {%- else -%}
        orders.customer_id
        {%- endif %} as customer_id,
        orders.customer_name,
        orders.customer_group,
        orders.product_id,
        orders.product_name,
        orders.category,
        orders.sub_category,
        orders.ship_mode,
        orders.order_priority,
        orders.city,
        orders.state,
        orders.country,
        orders.region,
        orders.market,
        orders.quantity,
        -- The price before discount: sales = quantity x unit price x (1 - discount).
        {{ cast_or_null(
            'orders.sales_amount'
            ~ ' / nullif(orders.quantity * (1 - orders.discount_rate), 0)',
            'decimal(18, 4)'
        ) }} as unit_price_amount,
        orders.sales_amount,
        orders.discount_rate,
        orders.profit_amount,
        orders.shipping_cost_amount,
        returned_orders.order_id is not null as is_flagged_returned,
        orders.order_date,
        orders.ship_date,
        'superstore.orders' as source_table,
        orders.source_file,
        orders.source_row_number
    from orders
    left join returned_orders on orders.order_id = returned_orders.order_id

)

select * from keyed
