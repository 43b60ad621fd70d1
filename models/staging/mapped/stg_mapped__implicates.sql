{#- One block per mapped population. -#}
{%- do after_mapped_models('mapped_populations') -%}
{%- set entries = mapped_entries(source('mapped_populations', 'implicates')) -%}
{%- set texts = ['gender', 'marital_status'] -%}
{%- set numbers = [
    'age', 'income_amount', 'credit_card_debt_amount', 'debt_amount',
    'net_worth_amount', 'vehicle_count'
] -%}

with

unioned as (

    {% for entry in entries -%}
    {#- Without a family id, each row is a family with its row number as id. -#}
    {%- set row_id = "_source_file || ':' || _source_row_number" -%}
    {%- set family_id = (
        mapped_text(entry, 'family_id')
        if 'family_id' in entry.mapped_columns else row_id
    ) -%}
    {%- set implicate_id = (
        mapped_text(entry, 'implicate_id')
        if 'implicate_id' in entry.mapped_columns else family_id
    ) -%}
    {%- set weight = mapped_number(entry, 'weight', 'double') -%}
    {%- set checks = [
        (family_id ~ ' is null', "'family_id is empty'"),
        (implicate_id ~ ' is null', "'implicate_id is empty'"),
        is_no_mapped_number(entry, 'weight', weight, is_required=true),
        (
            weight ~ ' <= 0',
            reason_of('weight', 'cast(' ~ weight ~ ' as string)', 'is not positive')
        ),
    ] -%}
    {%- do checks.extend(long_mapped_ids(entry)) -%}
    {%- for column in numbers if column in entry.mapped_columns -%}
        {%- do checks.append(is_no_mapped_number(
            entry, column, mapped_number(entry, column, 'double')
        )) -%}
    {%- endfor -%}
    {%- do checks.append((
        'row_number() over (partition by ' ~ family_id ~ ', ' ~ implicate_id
            ~ ' order by _source_file, _source_row_number) > 1',
        "'this implicate of the family is already in an earlier row'"
    )) -%}
    select
        -- ids
        {{ sql_literal(entry.mapped_source) }} as population_id,
        {{ implicate_id }} as implicate_id,
        {{ family_id }} as family_id,

        -- strings
        {% for column in texts -%}
        {{ mapped_name(entry, column) }} as {{ column }},
        {% endfor %}
        -- numbers
        {{ weight }} as weight,
        {% for column in numbers -%}
        {{ mapped_number(entry, column, 'double') }} as {{ column }},
        {% endfor %}
        -- the row in its file
        {{ sql_literal('populations of ' ~ entry.mapped_source) }} as source_table,
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason(checks) }} as rejection_reason,
        {{ all_of(cut_mapped_names(entry, texts)) }} as warning,
        {{ joined_fields(entry.mapped_columns, entry.separator) }} as raw_row
    from {{ entry.relation }}
    union all
    {% endfor -%}
    {{ no_rows({
        'population_id': 'string',
        'implicate_id': 'string',
        'family_id': 'string',
        'gender': 'string',
        'marital_status': 'string',
        'weight': 'double',
        'age': 'double',
        'income_amount': 'double',
        'credit_card_debt_amount': 'double',
        'debt_amount': 'double',
        'net_worth_amount': 'double',
        'vehicle_count': 'double',
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
