{#
    Each canonical entity: its columns with their types, and the column that every feed
    must have. A row whose key is null is left out, such as a line without a customer.
#}
{% macro canonical_entities() -%}
    {#- These columns order descriptions, and sale_count their names: see
        latest_descriptions. -#}
    {%- set described_in = {
        'order_date': 'date', 'source_file': 'varchar', 'row_order': 'bigint',
        'source_row_number': 'bigint'
    } -%}
    {%- set row = {
        'business_id': 'varchar', 'source_table': 'varchar', 'source_file': 'varchar',
        'source_row_number': 'bigint'
    } -%}
    {{ return({
        'sales_lines': {
            'key': 'sales_line_id',
            'columns': {
                'business_id': 'varchar',
                'sales_line_id': 'varchar',
                'line_type': 'varchar',
                'order_id': 'varchar',
                'source_order_id': 'varchar',
                'customer_id': 'varchar',
                'product_id': 'varchar',
                'store_id': 'varchar',
                'ship_mode': 'varchar',
                'country': 'varchar',
                'region': 'varchar',
                'market': 'varchar',
                'order_priority': 'varchar',
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
                'source_table': 'varchar',
                'source_file': 'varchar',
                'source_row_number': 'bigint',
            },
        },
        'customers': {
            'key': 'customer_id',
            'columns': dict({
                'business_id': 'varchar',
                'customer_id': 'varchar',
                'customer_name': 'varchar',
                'email': 'varchar',
                'gender': 'varchar',
                'marital_status': 'varchar',
                'customer_group': 'varchar',
                'city': 'varchar',
                'state': 'varchar',
                'country': 'varchar',
                'region': 'varchar',
                'market': 'varchar',
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
                'business_id': 'varchar',
                'product_id': 'varchar',
                'product_name': 'varchar',
                'department': 'varchar',
                'category': 'varchar',
                'sub_category': 'varchar',
                'brand': 'varchar',
                'size': 'varchar',
                'list_price_amount': 'decimal(18, 4)',
                'sale_count': 'bigint',
            }, **described_in),
        },
        'stores': {
            'key': 'store_id',
            'columns': dict({
                'business_id': 'varchar',
                'store_id': 'varchar',
                'store_name': 'varchar',
                'store_group': 'varchar',
                'store_type': 'varchar',
                'latitude': 'double',
                'longitude': 'double',
            }, **described_in),
        },
        'customer_attributes': {
            'key': 'attribute',
            'columns': dict({
                'business_id': 'varchar',
                'customer_id': 'varchar',
                'attribute': 'varchar',
                'value_text': 'varchar',
                'value_number': 'double',
                'line_count': 'bigint',
            }, **described_in),
        },
        'stock_levels': {
            'key': 'product_id',
            'columns': dict({
                'business_id': 'varchar',
                'product_id': 'varchar',
                'store_id': 'varchar',
                'on_hand_quantity': 'decimal(18, 4)',
                'on_order_quantity': 'decimal(18, 4)',
                'stock_date': 'date',
            }, **row),
        },
        'product_terms': {
            'key': 'product_id',
            'columns': dict({
                'business_id': 'varchar',
                'product_id': 'varchar',
                'lead_time_days': 'decimal(18, 4)',
                'pack_quantity': 'decimal(18, 4)',
                'minimum_quantity': 'decimal(18, 4)',
                'unit_cost_amount': 'decimal(18, 4)',
            }, **described_in),
        },
        'events': {
            'key': 'event_name',
            'columns': dict({
                'business_id': 'varchar',
                'event_name': 'varchar',
                'event_type': 'varchar',
                'product_id': 'varchar',
                'store_id': 'varchar',
                'category': 'varchar',
                'event_date': 'date',
                'start_date': 'date',
                'end_date': 'date',
            }, **row),
        },
        'row_references': {
            'key': 'source_row_number',
            'columns': dict({
                'business_id': 'varchar',
                'product_id': 'varchar',
                'store_id': 'varchar',
            }, **row),
        },
        'regions': {
            'key': 'region',
            'columns': {
                'business_id': 'varchar',
                'region': 'varchar',
                'manager_name': 'varchar',
            },
        },
        'population_implicates': {
            'key': 'implicate_id',
            'columns': {
                'population_id': 'varchar',
                'family_id': 'varchar',
                'implicate_id': 'varchar',
                'gender': 'varchar',
                'marital_status': 'varchar',
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
                'rejection_reason': 'varchar',
                'warning': 'varchar',
                'raw_row': 'varchar',
                'is_filtered': 'boolean',
            }),
        },
        'row_oddities': {
            'key': 'warning',
            'columns': dict(row, **{'warning': 'varchar'}),
        },
    }) }}
{%- endmacro %}
