with

transactions as (

    select *
    from {{ ref('retail_marts', 'stg_kalbe__transactions') }}
    where rejection_reason is null

),

products as (

    select *
    from {{ ref('retail_marts', 'stg_kalbe__products') }} where rejection_reason is null

),

customers as (

    select *
    from {{ ref('retail_marts', 'stg_kalbe__customers') }}
    where rejection_reason is null

),

stores as (

    select *
    from {{ ref('retail_marts', 'stg_kalbe__stores') }} where rejection_reason is null

),

missing_references as (

    select
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

duplicates as (

    select
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

unioned as (

    select * from missing_references
    union all
    select * from duplicates

)

select * from unioned where warning is not null
