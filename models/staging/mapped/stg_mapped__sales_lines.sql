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
        'mapped_source': 'varchar',
        'business_id': 'varchar',
        'sales_line_id': 'varchar',
        'line_type': 'varchar',
        'order_id': 'varchar',
        'source_order_id': 'varchar',
        'customer_id': 'varchar',
        'customer_name': 'varchar',
        'email': 'varchar',
        'product_id': 'varchar',
        'product_name': 'varchar',
        'category': 'varchar',
        'sub_category': 'varchar',
        'store_id': 'varchar',
        'store_name': 'varchar',
        'ship_mode': 'varchar',
        'country': 'varchar',
        'region': 'varchar',
        'market': 'varchar',
        'order_priority': 'varchar',
        'department': 'varchar',
        'brand': 'varchar',
        'size': 'varchar',
        'gender': 'varchar',
        'marital_status': 'varchar',
        'customer_group': 'varchar',
        'city': 'varchar',
        'state': 'varchar',
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
        'source_table': 'varchar',
        'source_file': 'varchar',
        'source_row_number': 'bigint',
        'line_count': 'integer',
        'row_hash': 'ubigint',
        'rejection_reason': 'varchar',
        'warning': 'varchar',
        'raw_row': 'varchar',
    }) | indent(4) }}

)

select * from unioned
