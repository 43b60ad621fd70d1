{# The columns and types of stg_mapped__sales_lines, without rows. #}
{% macro no_mapped_sales_lines() -%}
select
    {% for column in [
        'mapped_source', 'business_id', 'sales_line_id', 'line_type', 'order_id',
        'source_order_id', 'customer_id', 'customer_name', 'email', 'product_id',
        'product_name', 'category', 'sub_category', 'store_id', 'store_name', 'ship_mode',
        'country', 'region', 'market'
    ] -%}
    cast(null as varchar) as {{ column }},
    {% endfor -%}
    {% for column in ['quantity', 'unit_price_amount', 'sales_amount'] -%}
    cast(null as decimal(18, 4)) as {{ column }},
    {% endfor -%}
    cast(null as double) as discount_rate,
    cast(null as decimal(18, 4)) as profit_amount,
    cast(null as decimal(18, 4)) as shipping_cost_amount,
    cast(null as date) as order_date,
    cast(null as varchar) as source_table,
    cast(null as varchar) as source_file,
    cast(null as bigint) as source_row_number,
    cast(null as integer) as line_count,
    cast(null as ubigint) as row_hash,
    cast(null as varchar) as rejection_reason,
    cast(null as varchar) as warning,
    cast(null as varchar) as raw_row
where false
{%- endmacro %}
