{%- set checks = [] -%}
{%- for column in ['lead_time_days', 'minimum_quantity', 'unit_cost_amount'] -%}
    {%- do checks.append((
        'parsed_' ~ column ~ ' < 0',
        reason_of(column, 'cast(parsed_' ~ column ~ ' as string)', 'is negative')
    )) -%}
{%- endfor -%}
{%- do checks.append((
    'parsed_pack_quantity <= 0',
    reason_of(
        'pack_quantity', 'cast(parsed_pack_quantity as string)', 'is not positive'
    )
)) -%}

{{ mapped_descriptions(
    'product_terms',
    source('mapped', 'product_terms'),
    {
        'product_id': 'product',
        'lead_time_days': 'decimal(18, 4)',
        'pack_quantity': 'decimal(18, 4)',
        'minimum_quantity': 'decimal(18, 4)',
        'unit_cost_amount': 'decimal(18, 4)',
    },
    key=['product_id'],
    required=['product_id'],
    checks=checks,
) }}
