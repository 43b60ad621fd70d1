{#- One block a mapped business that has a store file. -#}
{%- set entries = mapped_entries(source('mapped', 'stores')) -%}
{%- set texts = ['store_name', 'store_group', 'store_type'] -%}

with

unioned as (

    {% for entry in entries -%}
    {%- set checks = [] -%}
    {%- if 'business_id' in entry.mapped_columns -%}
        {%- do checks.extend([
            is_empty_mapped(entry, 'business_id'), taken_business_id(entry)
        ]) -%}
    {%- endif -%}
    {%- do checks.append(is_empty_mapped(entry, 'store_id')) -%}
    {%- do checks.extend(long_mapped_ids(entry)) -%}
    {%- for column in ['latitude', 'longitude'] if column in entry.mapped_columns -%}
        {%- do checks.append(is_no_mapped_number(
            entry, column, mapped_number(entry, column, 'double')
        )) -%}
    {%- endfor -%}
    {%- do checks.append((
        'row_number() over (partition by ' ~ mapped_business_id(entry) ~ ', '
            ~ mapped_text(entry, 'store_id')
            ~ ' order by _source_file, _source_row_number) > 1',
        "'store_id is already in an earlier row'"
    )) -%}
    select
        {{ sql_literal(entry.mapped_source) }} as mapped_source,
        {{ mapped_business_id(entry) }} as business_id,
        {{ mapped_text(entry, 'store_id') }} as store_id,
        {% for column in texts -%}
        {{ mapped_name(entry, column) }} as {{ column }},
        {% endfor -%}
        {{ mapped_number(entry, 'latitude', 'double') }} as latitude,
        {{ mapped_number(entry, 'longitude', 'double') }} as longitude,
        {{ sql_literal('stores of ' ~ entry.mapped_source) }} as source_table,
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason(checks) }} as rejection_reason,
        {{ all_of(cut_mapped_names(entry, texts) + [
            (
                'abs(' ~ mapped_number(entry, 'latitude', 'double') ~ ') > 90 or abs('
                    ~ mapped_number(entry, 'longitude', 'double') ~ ') > 180',
                "'a latitude or longitude out of range'"
            ),
        ]) }} as warning,
        {{ joined_fields(entry.mapped_columns, entry.separator) }} as raw_row
    from {{ entry.relation }}
    union all
    {% endfor -%}
    {{ no_rows({
        'mapped_source': 'varchar',
        'business_id': 'varchar',
        'store_id': 'varchar',
        'store_name': 'varchar',
        'store_group': 'varchar',
        'store_type': 'varchar',
        'latitude': 'double',
        'longitude': 'double',
        'source_table': 'varchar',
        'source_file': 'varchar',
        'source_row_number': 'bigint',
        'line_count': 'integer',
        'rejection_reason': 'varchar',
        'warning': 'varchar',
        'raw_row': 'varchar',
    }) | indent(4) }}

)

select * from unioned
