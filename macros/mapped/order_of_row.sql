{#
    What identifies the order of a landed row within its file, for `partition by`: the
    columns in `order_key`, without those that are not known yet. A row without an order
    id has an order of its own.
#}
{% macro order_of_row(entry, unknown=[]) -%}
    {%- set columns = {
        'business_id': ['business_id'],
        'order_id': ['order_id'],
        'customer_id': ['customer_id', 'email', 'customer_name'],
        'order_date': ['order_date'],
        'store_id': ['store_id', 'store_name'],
    } -%}
    {%- set order_id = mapped_text(entry, 'order_id') -%}
    {%- set parts = [
        '_source_file',
        'case when ' ~ order_id ~ ' is null then _source_row_number end',
    ] -%}
    {%- for key in ['business_id'] + entry.order_key.split(',') -%}
        {%- set mapped = columns[key] | select('in', entry.mapped_columns) | list -%}
        {%- if mapped and not mapped | select('in', unknown) | list -%}
            {%- do parts.append(mapped_text(entry, mapped[0])) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(parts | join(', ')) }}
{%- endmacro %}
