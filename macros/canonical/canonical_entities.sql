{#
    Each canonical entity: its columns with their types, and the column that every feed
    must have. A row whose key is null is left out, such as a line without a customer.
#}
{% macro canonical_entities() -%}
    {#- These columns order descriptions, and sale_count their names: see
        latest_descriptions. -#}
    {%- set described_in = {
        'order_date': 'date', 'source_file': 'string', 'row_order': 'bigint',
        'source_row_number': 'bigint'
    } -%}
    {%- set row = {
        'business_id': 'string', 'source_table': 'string', 'source_file': 'string',
        'source_row_number': 'bigint'
    } -%}
    {{ return({
        'sales_lines': {
            'key': 'sales_line_id',
            'columns': {
                'business_id': 'string',
                'sales_line_id': 'string',
                'line_type': 'string',
                'order_id': 'string',
                'source_order_id': 'string',
                'customer_id': 'string',
                'product_id': 'string',
                'store_id': 'string',
                'ship_mode': 'string',
                'country': 'string',
                'region': 'string',
                'market': 'string',
                'order_priority': 'string',
                'quantity': 'decimal(18, 4)',
                'unit_price_amount': 'decimal(18, 4)',
                'sales_amount': 'decimal(18, 4)',
                'discount_rate': 'double',
                'discount_amount': 'decimal(18, 4)',
                'profit_amount': 'decimal(18, 4)',
                'shipping_cost_amount': 'decimal(18, 4)',
                'tax_amount': 'decimal(18, 4)',
                'is_flagged_returned': 'boolean',
                'order_date': 'date',
                'order_at': 'timestamp',
                'ship_date': 'date',
                'source_table': 'string',
                'source_file': 'string',
                'source_row_number': 'bigint',
            },
        },
        'customers': {
            'key': 'customer_id',
            'columns': dict({
                'business_id': 'string',
                'customer_id': 'string',
                'customer_name': 'string',
                'email': 'string',
                'gender': 'string',
                'marital_status': 'string',
                'customer_group': 'string',
                'city': 'string',
                'state': 'string',
                'country': 'string',
                'region': 'string',
                'market': 'string',
                'age': 'integer',
                'income_amount': 'decimal(28, 8)',
                'credit_card_debt_amount': 'decimal(28, 8)',
                'net_worth_amount': 'decimal(28, 8)',
                'spend_amount': 'decimal(28, 8)',
            }, **described_in),
        },
        'products': {
            'key': 'product_id',
            'columns': dict({
                'business_id': 'string',
                'product_id': 'string',
                'product_name': 'string',
                'department': 'string',
                'category': 'string',
                'sub_category': 'string',
                'brand': 'string',
                'size': 'string',
                'list_price_amount': 'decimal(18, 4)',
                'sale_count': 'bigint',
            }, **described_in),
        },
        'stores': {
            'key': 'store_id',
            'columns': dict({
                'business_id': 'string',
                'store_id': 'string',
                'store_name': 'string',
                'store_group': 'string',
                'store_type': 'string',
                'latitude': 'double',
                'longitude': 'double',
            }, **described_in),
        },
        'customer_attributes': {
            'key': 'attribute',
            'columns': dict({
                'business_id': 'string',
                'customer_id': 'string',
                'attribute': 'string',
                'value_text': 'string',
                'value_number': 'double',
                'line_count': 'bigint',
            }, **described_in),
        },
        'stock_levels': {
            'key': 'product_id',
            'columns': dict({
                'business_id': 'string',
                'product_id': 'string',
                'store_id': 'string',
                'on_hand_quantity': 'decimal(18, 4)',
                'on_order_quantity': 'decimal(18, 4)',
                'stock_date': 'date',
            }, **row),
        },
        'product_terms': {
            'key': 'product_id',
            'columns': dict({
                'business_id': 'string',
                'product_id': 'string',
                'lead_time_days': 'decimal(18, 4)',
                'pack_quantity': 'decimal(18, 4)',
                'minimum_quantity': 'decimal(18, 4)',
                'unit_cost_amount': 'decimal(18, 4)',
            }, **described_in),
        },
        'events': {
            'key': 'event_name',
            'columns': dict({
                'business_id': 'string',
                'event_name': 'string',
                'event_type': 'string',
                'product_id': 'string',
                'store_id': 'string',
                'category': 'string',
                'event_date': 'date',
                'start_date': 'date',
                'end_date': 'date',
            }, **row),
        },
        'row_references': {
            'key': 'source_row_number',
            'columns': dict({
                'business_id': 'string',
                'product_id': 'string',
                'store_id': 'string',
            }, **row),
        },
        'regions': {
            'key': 'region',
            'columns': {
                'business_id': 'string',
                'region': 'string',
                'manager_name': 'string',
            },
        },
        'population_implicates': {
            'key': 'implicate_id',
            'columns': {
                'population_id': 'string',
                'family_id': 'string',
                'implicate_id': 'string',
                'gender': 'string',
                'marital_status': 'string',
                'weight': 'double',
                'age': 'double',
                'income_amount': 'double',
                'credit_card_debt_amount': 'double',
                'debt_amount': 'double',
                'net_worth_amount': 'double',
                'vehicle_count': 'double',
            },
        },
        'staged_rows': {
            'key': 'source_row_number',
            'columns': dict(row, **{
                'line_count': 'bigint',
                'rejection_reason': 'string',
                'warning': 'string',
                'raw_row': 'string',
                'is_filtered': 'boolean',
            }),
        },
        'row_oddities': {
            'key': 'warning',
            'columns': dict(row, **{'warning': 'string'}),
        },
    }) }}
{%- endmacro %}
