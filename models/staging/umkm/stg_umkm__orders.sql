{%- set products = umkm_products() -%}
{%- set checks = [
    is_empty('"Pesanan"'),
    is_empty('"Nama"'),
    is_empty('"Alamat"'),
    is_long_id('"Pesanan"'),
    is_long_id('"Nama"'),
    is_long_id('"Alamat"'),
    is_no('"Tanggal"', 'parsed_order_date', 'date of the form YYYY-MM-DD'),
    is_late('"Tanggal"', 'parsed_order_date', 'umkm'),
    is_no_number('"Harga"', 'parsed_sales_amount'),
    is_no_number('"Total Qty"', 'parsed_quantity', 'quantity'),
] -%}
{%- for product_id, header, quantity in products -%}
    {%- do checks.append(is_no_number('"' ~ header ~ '"', quantity, 'quantity')) -%}
{%- endfor -%}
{%- set largest_amount = largest_numbers().amount -%}
{#- The money is shared by quantity: a total of 0.0001 would give a dish billions. -#}
{%- do checks.append((
    'parsed_quantity > 0 and abs(parsed_sales_amount) * (abs('
        ~ products | map(attribute=2) | join(') + abs(') ~ ')) > '
        ~ largest_amount ~ ' * parsed_quantity',
    "'the amount of a dish is larger than " ~ '{:,}'.format(largest_amount) ~ "'"
)) -%}

with

source as (

    select * from {{ source('umkm', 'orders') }}

),

parsed as (

    select
        *,
        {{ parse_date('"Tanggal"', '%Y-%m-%d') }} as parsed_order_date,
        {{ parse_number('"Harga"') }} as parsed_sales_amount,
        {% for product_id, header, quantity in products -%}
            {{ parse_number('"' ~ header ~ '"') }} as {{ quantity }},
        {% endfor -%}
        {{ parse_number('"Total Qty"') }} as parsed_quantity
    from source

),

renamed as (

    select
        -- ids
        {{ clean_text('"Pesanan"') }} as order_id,

        -- strings
        {{ clean_text('"Nama"') }} as customer_name,
        {{ clean_text('"Alamat"') }} as store_name,

        -- numbers
        parsed_sales_amount as sales_amount,
        parsed_quantity as quantity,
        {% for product_id, header, quantity in products -%}
            {{ quantity }},
        {% endfor %}
        -- dates
        parsed_order_date as order_date,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason(checks) }} as rejection_reason,
        {{ all_of([
            (
                'parsed_quantity <> ' ~ products | map(attribute=2) | join(' + '),
                "'a total quantity that differs from the sum of the product columns'"
            ),
            ('parsed_sales_amount <= 0', "'an order amount of zero or less'"),
        ]) }} as warning,
        {{ raw_row('umkm', 'orders') }} as raw_row
    from parsed

)

select * from renamed
