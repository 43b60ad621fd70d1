{#- One block per mapped business with filters; no rows if none has any. -#}
{%- set entries = mapped_entries(source('mapped', 'sales_lines')) -%}

-- Runs after the other models of this source, so that two never write it at once.
-- depends_on: {{ ref('retail_marts', 'stg_mapped__entries') }}
with

unioned as (

    {% for entry in entries if entry.filters -%}
    select
        {{ mapped_business_id(entry) }} as business_id,
        {{ sql_literal('sales_lines of ' ~ entry.mapped_source) }} as source_table,
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        true as is_filtered
    from {{ mapped_rows(entry, is_filtered=true) }}
    union all
    {% endfor -%}
    {{ no_rows({
        'business_id': 'string',
        'source_table': 'string',
        'source_file': 'string',
        'source_row_number': 'bigint',
        'line_count': 'integer',
        'is_filtered': 'boolean',
    }) | indent(4) }}

)

select * from unioned
