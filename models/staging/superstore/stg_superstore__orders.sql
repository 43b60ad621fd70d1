{%- set names = [
    '"Segment"', '"City"', '"State"', '"Country"', '"Region"', '"Market"',
    '"Category"', '"Sub-Category"', '"Product Name"', '"Ship Mode"'
] -%}

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
        {{ clean_name('"Segment"') }} as customer_group,
        {{ clean_text('"Postal Code"') }} as postal_code,
        {{ clean_name('"City"') }} as city,
        {{ clean_name('"State"') }} as state,
        {{ clean_name('"Country"') }} as country,
        {{ clean_name('"Region"') }} as region,
        {{ clean_name('"Market"') }} as market,
        {{ clean_name('"Category"') }} as category,
        {{ clean_name('"Sub-Category"') }} as sub_category,
        {{ clean_name('"Product Name"') }} as product_name,
        {{ clean_name('"Ship Mode"') }} as ship_mode,
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
            is_long_id('"Order ID"'),
            is_long_id('"Customer ID"'),
            is_long_id('"Customer Name"'),
            is_long_id('"Product ID"'),
            is_no('"Order Date"', 'parsed_order_date', 'date of the form YYYY-MM-DD'),
            is_late('"Order Date"', 'parsed_order_date', 'superstore'),
            is_no('"Ship Date"', 'parsed_ship_date', 'date of the form YYYY-MM-DD'),
            is_no_number('"Sales"', 'parsed_sales_amount'),
            is_no_number('"Quantity"', 'parsed_quantity', 'quantity'),
            is_no('"Discount"', 'parsed_discount_rate', 'number'),
            (
                'parsed_discount_rate < 0 or parsed_discount_rate > 1',
                reason_of(
                    'Discount',
                    'cast(parsed_discount_rate as string)',
                    'is not between 0 and 1'
                )
            ),
            is_no_number('"Profit"', 'parsed_profit_amount'),
            is_no_number('"Shipping Cost"', 'parsed_shipping_cost_amount'),
        ]) }} as rejection_reason,
        {{ all_of(cut_names(names) + [
            ('parsed_quantity < 0', "'a negative quantity, treated as a return'"),
            ('parsed_quantity = 0', "'a quantity of zero'"),
            ('parsed_ship_date < parsed_order_date', "'shipped before it was ordered'"),
        ]) }} as warning,
        {{ raw_row('superstore', 'orders') }} as raw_row
    from parsed

)

select * from renamed
