{#-
    Oddities of accepted rows that only show beside other rows or files. What a row
    shows by itself, its staging model warns about.
-#}
with

transactions as (

    select * from {{ ref('stg_kalbe__transactions') }} where rejection_reason is null

),

products as (

    select * from {{ ref('stg_kalbe__products') }} where rejection_reason is null

),

customers as (

    select * from {{ ref('stg_kalbe__customers') }} where rejection_reason is null

),

stores as (

    select * from {{ ref('stg_kalbe__stores') }} where rejection_reason is null

),

kalbe_references as (

    select
        'kalbe' as business_id,
        'kalbe.transactions' as source_table,
        transactions.source_file,
        transactions.source_row_number,
        {{ all_of([
            (
                'products.product_id is null',
                "'product ' || transactions.product_id || ' is not in the product file'"
            ),
            (
                'customers.customer_id is null',
                "'customer ' || transactions.customer_id"
                ~ " || ' is not in the customer file'"
            ),
            (
                'stores.store_id is null',
                "'store ' || transactions.store_id || ' is not in the store file'"
            ),
            (
                'products.list_price_amount <> transactions.unit_price_amount',
                "'a price that differs from the product file'"
            ),
        ]) }} as warning
    from transactions
    left join products on transactions.product_id = products.product_id
    left join customers on transactions.customer_id = customers.customer_id
    left join stores on transactions.store_id = stores.store_id

),

kalbe_duplicates as (

    select
        'kalbe' as business_id,
        'kalbe.transactions' as source_table,
        source_file,
        source_row_number,
        case
            when row_number() over (
                partition by
                    transaction_id, customer_id, product_id, store_id, order_date,
                    quantity, unit_price_amount, sales_amount
                order by source_row_number
            ) > 1 then 'an exact duplicate of an earlier row'
        end as warning
    from transactions

),

orders as (

    select * from {{ ref('stg_superstore__orders') }} where rejection_reason is null

),

superstore_duplicates as (

    select
        'superstore' as business_id,
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

superstore_keys as (

    select
        'superstore' as business_id,
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

    select * from {{ ref('stg_superstore__returns') }} where rejection_reason is null

),

order_ids as (

    select distinct order_id from orders

),

superstore_returns as (

    select
        'superstore' as business_id,
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

implicates as (

    select * from {{ ref('stg_scf__implicates') }} where rejection_reason is null

),

families as (

    select
        family_id,
        min(source_file) as source_file,
        min(source_row_number) as source_row_number,
        count(*) as implicate_count
    from implicates
    group by family_id

),

scf_families as (

    select
        cast(null as varchar) as business_id,
        'scf.implicates' as source_table,
        source_file,
        source_row_number,
        case
            when implicate_count <> 5
                then 'a family of ' || implicate_count || ' implicates, not 5'
        end as warning
    from families

),

mapped as (

    select * from {{ ref('stg_mapped__sales_lines') }} where rejection_reason is null

),

-- Rejected rows are counted too: to tell them apart would cost more than it saves.
repeated_hashes as (

    select
        mapped_source,
        row_hash
    from {{ ref('stg_mapped__sales_lines') }}
    group by mapped_source, row_hash
    having count(*) > 1

),

mapped_repeated as (

    select
        mapped.business_id,
        mapped.source_table,
        mapped.source_file,
        mapped.source_row_number,
        row_number() over (
            partition by mapped.mapped_source, mapped.row_hash
            order by mapped.source_file, mapped.source_row_number
        ) as occurrence
    from mapped
    inner join repeated_hashes
        on
            mapped.mapped_source = repeated_hashes.mapped_source
            and mapped.row_hash = repeated_hashes.row_hash

),

mapped_duplicates as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        case when occurrence > 1 then 'an exact duplicate of an earlier row' end
            as warning
    from mapped_repeated

),

unioned as (

    select * from kalbe_references
    union all
    select * from kalbe_duplicates
    union all
    select * from superstore_duplicates
    union all
    select * from superstore_keys
    union all
    select * from superstore_returns
    union all
    select * from scf_families
    union all
    select * from mapped_duplicates

)

select * from unioned where warning is not null
