{#
    The rows of all mapped files of one kind that describe something, each accepted or
    with its rejection reason. A row that is equal to an earlier row of its key is
    accepted; one with other values is rejected.

    kind            The kind of file, such as stores.
    listing         The source table that lists the files.
    columns         Our columns with their types. `id` is a text that may not be long,
                    `name` one that is cut, `customer` the key of a customer, `product`
                    that of a product, which is null where its id is.
    key             Columns, or SQL of the columns' values, that identify a description.
    key_name        What a reason calls the key; without it, the columns of `key`.
    required        Columns that must have a value where they are mapped.
    past            Dates that must not be after the day of the build.
    checks          (condition, reason) pairs on the columns' values.
    warnings        (condition, warning) pairs on the columns' values.
    has_attributes  Whether the rows have free attributes.

    The values that `checks` and `warnings` read are named parsed_<column>.
#}
{% macro mapped_descriptions(
    kind, listing, columns, key, key_name=none, required=[], past=[], checks=[],
    warnings=[], has_attributes=false
) -%}
{%- do after_mapped_models('mapped_sources') -%}
{%- set entries = mapped_entries(listing) -%}
{%- set texts = {
    'id': 'string', 'product': 'string', 'customer': 'string', 'name': 'string'
} -%}
{%- set outputs = {'mapped_source': 'string', 'business_id': 'string'} -%}
{%- for column, kind_of in columns.items() -%}
    {%- do outputs.update({column: texts.get(kind_of, kind_of)}) -%}
{%- endfor -%}
{%- if has_attributes -%}
    {%- do outputs.update({'attributes': attribute_list_type()}) -%}
{%- endif -%}
{%- do outputs.update({
    'source_table': 'string', 'source_file': 'string', 'source_row_number': 'bigint',
    'line_count': 'integer'
}) -%}
{%- set after = {'warning': 'string', 'raw_row': 'string'} -%}
{%- set names = columns.items() | selectattr(1, 'eq', 'name') | map('first') | list -%}
{#- Rows of an anonymous id have no customer: none of them repeats another. -#}
{%- set customers = columns.items() | selectattr(1, 'eq', 'customer') | map('first') | list -%}

with

{% for entry in entries -%}
parsed_{{ entry.mapped_source }} as (

    select
        *,
        {{ sql_literal(entry.mapped_source) }} as mapped_source,
        {{ mapped_business_id(entry) }} as parsed_business_id
        {%- for column, kind_of in columns.items() %},
        {% if kind_of == 'product' -%}
            {#- An event may have a category, which is in the key, and no product. -#}
            case
                when {{ mapped_text(entry, column) }} is not null
                    then {{ mapped_product_id(entry) }}
            end
        {%- elif kind_of == 'id' -%}
            {{ mapped_text(entry, column) }}
        {%- elif kind_of == 'customer' -%}
            {{ mapped_customer_id(entry) }}
        {%- elif kind_of == 'name' -%}
            {{ mapped_name(entry, column) }}
        {%- elif kind_of == 'date' -%}
            {{ mapped_date(entry, column) }}
        {%- else -%}
            {{ mapped_number(entry, column, kind_of) }}
        {%- endif %} as parsed_{{ column }}
        {%- endfor %}
        {%- if has_attributes %},
        {{ mapped_attributes(entry) }} as attributes
        {%- endif %}
    from {{ entry.relation }}

),

{% endfor -%}
checked as (

    {% for entry in entries -%}
    {%- set faults = [] -%}
    {%- if 'business_id' in entry.mapped_columns -%}
        {%- do faults.extend([
            is_empty_mapped(entry, 'business_id'), taken_business_id(entry)
        ]) -%}
    {%- endif -%}
    {%- for column in required if columns[column] in texts -%}
        {%- do faults.append(is_empty_mapped(entry, column)) -%}
    {%- endfor -%}
    {%- do faults.extend(long_mapped_ids(entry)) -%}
    {%- for column, kind_of in columns.items()
        if kind_of not in texts and column in entry.mapped_columns -%}
        {%- set parsed = 'parsed_' ~ column -%}
        {%- if column in banded_columns() -%}
            {%- set condition, reason = no_number_or_band(entry, column, parsed) -%}
        {%- elif kind_of == 'date' -%}
            {%- set condition, reason = is_no_mapped_date(entry, column, parsed) -%}
        {%- else -%}
            {%- set condition, reason = is_no_mapped_number(
                entry, column, parsed,
                measure='quantity' if column.endswith('_quantity') else 'amount',
                is_required=true
            ) -%}
        {%- endif -%}
        {%- if column not in required -%}
            {%- set condition = '(' ~ condition ~ ') and '
                ~ mapped_text(entry, column) ~ ' is not null' -%}
        {%- endif -%}
        {%- do faults.append((condition, reason)) -%}
        {%- if column in past -%}
            {%- do faults.append(is_late(column, parsed, entry.mapped_source)) -%}
        {%- endif -%}
    {%- endfor %}
    select
        mapped_source,
        parsed_business_id as business_id,
        {% for column in columns -%}
        parsed_{{ column }} as {{ column }},
        {% endfor -%}
        {{ 'attributes,' if has_attributes }}
        {{ sql_literal(kind ~ ' of ' ~ entry.mapped_source) }} as source_table,
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ all_of(cut_mapped_names(entry, names) + warnings) }} as warning,
        {{ joined_fields(entry.mapped_columns, entry.separator) }} as raw_row,
        {{ rejection_reason(faults + checks) }} as fault
    from parsed_{{ entry.mapped_source }}
    union all
    {% endfor -%}
    {{ no_rows(dict(outputs, **dict(after, fault='string'))) | indent(4) }}

),

hashed as (

    select
        *,
        {{ row_hash(columns | list + (['attributes'] if has_attributes else [])) }}
            as description_hash
    from checked

),

{#- Among the rows without a fault: a faulty first row must not reject a good one. #}
compared as (

    select
        *,
        first_value(description_hash) over (
            partition by
                mapped_source, business_id, {{ key | join(', ') }},
                case when fault is null then 1 else 0 end
            order by source_file, source_row_number
        ) as first_hash
    from hashed

),

reasoned as (

    select
        {{ outputs | join(',\n        ') }},
        case
            when fault is not null then fault
            when description_hash <> first_hash
                {%- for column in customers %} and {{ column }} is not null{% endfor %}
                then {{ sql_literal(
                    (key_name or key | join(', '))
                    ~ ' is already in an earlier row with other values'
                ) }}
        end as rejection_reason,
        {{ after | join(',\n        ') }}
    from compared

)

select * from reasoned
{%- endmacro %}
