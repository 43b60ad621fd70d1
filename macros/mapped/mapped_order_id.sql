{#
    Key of a mapped business's orders, from the columns in `order_key`. If the file has
    no order id, all lines of a customer on one day in one store are one order, and a
    line without a customer is an order of its own.
#}
{% macro mapped_order_id(entry) -%}
    {%- set parts = {
        'order_id': 'source_order_id',
        'customer_id': "coalesce(parsed_customer_id, '')",
        'order_date': 'cast(parsed_date as string)',
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
            parsed_customer_id || '|' || cast(parsed_date as string)
                || '|' || coalesce(parsed_store_id, ''),
            'line ' || {{ mapped_line_id(entry) }}
        )
    {%- endif -%}
{%- endmacro %}
