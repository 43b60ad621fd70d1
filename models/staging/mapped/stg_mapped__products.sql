{#- One block per mapped business with a product file. -#}
{%- do after_mapped_models('mapped_sources') -%}
{%- set entries = mapped_entries(source('mapped', 'products')) -%}
{%- set texts = [
    'product_name', 'department', 'category', 'sub_category', 'brand', 'size'
] -%}

with

unioned as (

    {% for entry in entries -%}
    {%- set business_checks = [] -%}
    {%- if 'business_id' in entry.mapped_columns -%}
        {%- do business_checks.extend([
            is_empty_mapped(entry, 'business_id'), taken_business_id(entry)
        ]) -%}
    {%- endif -%}
    select
        {{ sql_literal(entry.mapped_source) }} as mapped_source,
        {{ mapped_business_id(entry) }} as business_id,
        {{ mapped_product_id(entry) }} as product_id,
        {% for column in texts -%}
        {{ mapped_name(entry, column) }} as {{ column }},
        {% endfor -%}
        {{ mapped_number(entry, 'list_price_amount') }} as list_price_amount,
        {{ sql_literal('products of ' ~ entry.mapped_source) }} as source_table,
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason(business_checks + long_mapped_ids(entry)
            + no_product(entry, mapped_product_id(entry)) + [
            is_no_mapped_number(
                entry, 'list_price_amount', mapped_number(entry, 'list_price_amount')
            ),
            (
                row_hash(entry.mapped_columns) ~ ' <> first_value('
                    ~ row_hash(entry.mapped_columns) ~ ') over (partition by '
                    ~ mapped_business_id(entry) ~ ', '
                    ~ mapped_product_id(entry)
                    ~ ' order by _source_file, _source_row_number)',
                "'product_id is already in an earlier row with other values'"
            ),
        ]) }} as rejection_reason,
        {{ all_of(cut_mapped_names(entry, texts)) }} as warning,
        {{ joined_fields(entry.mapped_columns, entry.separator) }} as raw_row
    from {{ entry.relation }}
    union all
    {% endfor -%}
    {{ no_rows({
        'mapped_source': 'string',
        'business_id': 'string',
        'product_id': 'string',
        'product_name': 'string',
        'department': 'string',
        'category': 'string',
        'sub_category': 'string',
        'brand': 'string',
        'size': 'string',
        'list_price_amount': 'decimal(18, 4)',
        'source_table': 'string',
        'source_file': 'string',
        'source_row_number': 'bigint',
        'line_count': 'integer',
        'rejection_reason': 'string',
        'warning': 'string',
        'raw_row': 'string',
    }) | indent(4) }}

)

select * from unioned
