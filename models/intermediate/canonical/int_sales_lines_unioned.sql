{#-
    Every accepted sales line of every source in the canonical shape. A source adds one
    block here; what it lacks stays null.
-#}
with

kalbe as (

    select
        'kalbe' as business_id,
        sales_line_id,
        line_type,
        order_id,
        source_order_id,
        customer_id,
        product_id,
        store_id,
        cast(null as varchar) as ship_mode,
        cast(null as varchar) as country,
        cast(null as varchar) as region,
        cast(null as varchar) as market,
        quantity,
        unit_price_amount,
        sales_amount,
        cast(null as double) as discount_rate,
        cast(null as decimal(18, 4)) as profit_amount,
        cast(null as decimal(18, 4)) as shipping_cost_amount,
        false as is_flagged_returned,
        order_date,
        'kalbe.transactions' as source_table,
        source_file,
        source_row_number
    from {{ ref('int_kalbe_transactions_keyed') }}

),

umkm as (

    select
        'umkm' as business_id,
        sales_line_id,
        line_type,
        order_id,
        source_order_id,
        customer_id,
        product_id,
        store_id,
        cast(null as varchar) as ship_mode,
        cast(null as varchar) as country,
        cast(null as varchar) as region,
        cast(null as varchar) as market,
        quantity,
        cast(null as decimal(18, 4)) as unit_price_amount,
        sales_amount,
        cast(null as double) as discount_rate,
        cast(null as decimal(18, 4)) as profit_amount,
        cast(null as decimal(18, 4)) as shipping_cost_amount,
        false as is_flagged_returned,
        order_date,
        'umkm.orders' as source_table,
        source_file,
        source_row_number
    from {{ ref('int_umkm_orders_unpivoted_to_lines') }}

),

superstore as (

    select
        'superstore' as business_id,
        sales_line_id,
        line_type,
        order_id,
        source_order_id,
        customer_id,
        product_id,
        cast(null as varchar) as store_id,
        ship_mode,
        country,
        region,
        market,
        quantity,
        unit_price_amount,
        sales_amount,
        discount_rate,
        profit_amount,
        shipping_cost_amount,
        is_flagged_returned,
        order_date,
        'superstore.orders' as source_table,
        source_file,
        source_row_number
    from {{ ref('int_superstore_orders_keyed') }}

),

mapped as (

    select
        business_id,
        sales_line_id,
        line_type,
        order_id,
        source_order_id,
        customer_id,
        product_id,
        store_id,
        ship_mode,
        country,
        region,
        market,
        quantity,
        unit_price_amount,
        sales_amount,
        discount_rate,
        profit_amount,
        shipping_cost_amount,
        false as is_flagged_returned,
        order_date,
        source_table,
        source_file,
        source_row_number
    from {{ ref('stg_mapped__sales_lines') }}
    where rejection_reason is null

),

unioned as (

    select * from kalbe
    union all
    select * from umkm
    union all
    select * from superstore
    union all
    select * from mapped

)

select * from unioned
