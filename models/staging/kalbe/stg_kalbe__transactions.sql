with

source as (

    select * from {{ source('kalbe', 'transactions') }}

),

parsed as (

    select
        *,
        {{ parse_date('"Date"', '%d/%m/%Y') }} as parsed_order_date,
        {{ parse_number('"Qty"', decimal_mark=',') }} as parsed_quantity,
        {{ parse_number('"Price"', decimal_mark=',') }} as parsed_unit_price_amount,
        {{ parse_number('"TotalAmount"', decimal_mark=',') }} as parsed_sales_amount
    from source

),

renamed as (

    select
        -- ids
        {{ clean_text('"TransactionID"') }} as transaction_id,
        {{ clean_text('"CustomerID"') }} as customer_id,
        {{ clean_text('"ProductID"') }} as product_id,
        {{ clean_text('"StoreID"') }} as store_id,

        -- numbers
        parsed_quantity as quantity,
        parsed_unit_price_amount as unit_price_amount,
        parsed_sales_amount as sales_amount,

        -- dates
        parsed_order_date as order_date,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"TransactionID"'),
            is_empty('"CustomerID"'),
            is_empty('"ProductID"'),
            is_empty('"StoreID"'),
            is_long_id('"TransactionID"'),
            is_long_id('"CustomerID"'),
            is_long_id('"ProductID"'),
            is_long_id('"StoreID"'),
            is_no('"Date"', 'parsed_order_date', 'date of the form DD/MM/YYYY'),
            is_late('"Date"', 'parsed_order_date', 'kalbe'),
            is_no_number('"Qty"', 'parsed_quantity', 'quantity'),
            is_no_number('"Price"', 'parsed_unit_price_amount'),
            is_no_number('"TotalAmount"', 'parsed_sales_amount'),
        ]) }} as rejection_reason,
        {{ all_of([
            ('parsed_quantity < 0', "'a negative quantity, treated as a return'"),
            ('parsed_quantity = 0', "'a quantity of zero'"),
            (
                'abs(cast(parsed_unit_price_amount as decimal(28, 4)) * parsed_quantity'
                ~ ' - parsed_sales_amount) > 0.005',
                "'an amount that differs from price x quantity'"
            ),
        ]) }} as warning,
        {{ raw_row('kalbe', 'transactions') }} as raw_row
    from parsed

)

select * from renamed
