with

source as (

    select * from {{ source('superstore', 'orders') }}

),

parsed as (

    select
        *,
        {{ parse_date('"Order Date"', '%Y-%m-%d') }} as parsed_order_date,
        {{ parse_date('"Ship Date"', '%Y-%m-%d') }} as parsed_ship_date,
        {{ parse_number('"Sales"') }} as parsed_sales_amount,
        {{ parse_number('"Quantity"') }} as parsed_quantity,
        {{ parse_number('"Discount"', data_type='double') }} as parsed_discount_rate,
        {{ parse_number('"Profit"') }} as parsed_profit_amount,
        {{ parse_number('"Shipping Cost"') }} as parsed_shipping_cost_amount
    from source

),

renamed as (

    select
        -- ids
        {{ clean_text('"Row ID"') }} as row_id,
        {{ clean_text('"Order ID"') }} as order_id,
        {{ clean_text('"Customer ID"') }} as customer_id,
        {{ clean_text('"Product ID"') }} as product_id,

        -- strings
        {{ clean_text('"Customer Name"') }} as customer_name,
        {{ clean_text('"Segment"') }} as customer_group,
        {{ clean_text('"Postal Code"') }} as postal_code,
        {{ clean_text('"City"') }} as city,
        {{ clean_text('"State"') }} as state,
        {{ clean_text('"Country"') }} as country,
        {{ clean_text('"Region"') }} as region,
        {{ clean_text('"Market"') }} as market,
        {{ clean_text('"Category"') }} as category,
        {{ clean_text('"Sub-Category"') }} as sub_category,
        {{ clean_text('"Product Name"') }} as product_name,
        {{ clean_text('"Ship Mode"') }} as ship_mode,
        {{ clean_text('"Order Priority"') }} as order_priority,

        -- numbers
        parsed_quantity as quantity,
        parsed_sales_amount as sales_amount,
        parsed_discount_rate as discount_rate,
        parsed_profit_amount as profit_amount,
        parsed_shipping_cost_amount as shipping_cost_amount,

        -- dates
        parsed_order_date as order_date,
        parsed_ship_date as ship_date,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"Order ID"'),
            is_empty('"Customer ID"'),
            is_empty('"Customer Name"'),
            is_empty('"Product ID"'),
            is_no('"Order Date"', 'parsed_order_date', 'date of the form YYYY-MM-DD'),
            is_no('"Ship Date"', 'parsed_ship_date', 'date of the form YYYY-MM-DD'),
            is_no('"Sales"', 'parsed_sales_amount', 'number'),
            is_no('"Quantity"', 'parsed_quantity', 'number'),
            is_no('"Discount"', 'parsed_discount_rate', 'number'),
            (
                'parsed_discount_rate < 0 or parsed_discount_rate > 1',
                reason_of(
                    'Discount',
                    'cast(parsed_discount_rate as varchar)',
                    'is not between 0 and 1'
                )
            ),
            is_no('"Profit"', 'parsed_profit_amount', 'number'),
            is_no('"Shipping Cost"', 'parsed_shipping_cost_amount', 'number'),
        ]) }} as rejection_reason,
        {{ all_of([
            ('parsed_quantity < 0', "'a negative quantity, treated as a return'"),
            ('parsed_quantity = 0', "'a quantity of zero'"),
            ('parsed_ship_date < parsed_order_date', "'shipped before it was ordered'"),
        ]) }} as warning,
        {{ raw_row('superstore', 'orders') }} as raw_row
    from parsed

)

select * from renamed
