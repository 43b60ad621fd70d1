with

transactions as (

    select *
    from {{ ref('retail_marts', 'stg_kalbe__transactions') }}
    where rejection_reason is null

),

keyed as (

    select
        cast(source_row_number as string) as sales_line_id,
        {{ line_type('quantity < 0', 'quantity', 'sales_amount') }} as line_type,
        -- The source gives one transaction id to several customers and days.
        transaction_id || '|' || customer_id || '|' || cast(order_date as string)
            as order_id,
        transaction_id as source_order_id,
        customer_id,
        product_id,
        store_id,
        quantity,
        unit_price_amount,
        sales_amount,
        order_date,
        'kalbe.transactions' as source_table,
        source_file,
        source_row_number
    from transactions

)

select * from keyed
