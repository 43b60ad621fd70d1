{#- One block per mapped business; no rows if none is mapped. -#}
{%- do after_mapped_models('mapped_sources') -%}
{%- set entries = mapped_entries(source('mapped', 'sales_lines')) -%}

with

{% for entry in entries -%}
entry_{{ entry.mapped_source }} as (

    {{ mapped_sales_lines(entry) | indent(4) }}

),

{% endfor -%}
unioned as (

    {% for entry in entries -%}
    select * from entry_{{ entry.mapped_source }}
    union all
    {% endfor -%}
    {{ no_rows({
        'mapped_source': 'string',
        'business_id': 'string',
        'sales_line_id': 'string',
        'line_type': 'string',
        'order_id': 'string',
        'source_order_id': 'string',
        'customer_id': 'string',
        'customer_name': 'string',
        'email': 'string',
        'product_id': 'string',
        'product_name': 'string',
        'category': 'string',
        'sub_category': 'string',
        'store_id': 'string',
        'store_name': 'string',
        'ship_mode': 'string',
        'country': 'string',
        'region': 'string',
        'market': 'string',
        'order_priority': 'string',
        'department': 'string',
        'brand': 'string',
        'size': 'string',
        'gender': 'string',
        'marital_status': 'string',
        'customer_group': 'string',
        'city': 'string',
        'state': 'string',
        'attributes': attribute_list_type(),
        'age': 'integer',
        'income_amount': 'decimal(28, 8)',
        'credit_card_debt_amount': 'decimal(28, 8)',
        'net_worth_amount': 'decimal(28, 8)',
        'quantity': 'decimal(18, 4)',
        'unit_price_amount': 'decimal(18, 4)',
        'sales_amount': 'decimal(18, 4)',
        'discount_rate': 'double',
        'discount_amount': 'decimal(18, 4)',
        'profit_amount': 'decimal(18, 4)',
        'shipping_cost_amount': 'decimal(18, 4)',
        'tax_amount': 'decimal(18, 4)',
        'order_date': 'date',
        'order_at': 'timestamp',
        'ship_date': 'date',
        'source_table': 'string',
        'source_file': 'string',
        'source_row_number': 'bigint',
        'line_count': 'integer',
        'row_hash': row_hash_type(),
        'rejection_reason': 'string',
        'warning': 'string',
        'raw_row': 'string',
    }) | indent(4) }}

)

select * from unioned
