{#
    What tells a mapped business's orders apart: the columns of `order_key`. Without an
    order id in the file, a customer's lines of one day and store are one order, and a
    line without a customer is an order of its own.
#}
{% macro mapped_order_id(entry) -%}
    {%- set parts = {
        'order_id': 'source_order_id',
        'customer_id': "coalesce(parsed_customer_id, '')",
        'order_date': 'cast(parsed_date as varchar)',
        'store_id': "coalesce(parsed_store_id, '')",
    } -%}
    {%- if 'order_id' in entry.mapped_columns -%}
        {%- set keys = entry.order_key.split(',') -%}
        {%- if keys == ['order_id'] -%}
            source_order_id
        {%- else -%}
            {%- set values = [] -%}
            {%- for key in keys -%}{%- do values.append(parts[key]) -%}{%- endfor -%}
            {{ values | join(" || '|' || ") }}
        {%- endif -%}
    {%- else -%}
        coalesce(
            parsed_customer_id || '|' || cast(parsed_date as varchar)
                || '|' || coalesce(parsed_store_id, ''),
            'line ' || {{ mapped_line_id(entry) }}
        )
    {%- endif -%}
{%- endmacro %}
