{#
    (condition, reason) pairs for first_of: an id of a mapped row, or the name that stands
    in for an id that is not mapped, is longer than an id may be.
#}
{% macro long_mapped_ids(entry) -%}
    {%- set checks = [] -%}
    {%- for columns in [
        ['business_id'], ['order_id'], ['customer_id', 'email', 'customer_name'],
        ['product_id', 'product_name'], ['store_id', 'store_name'], ['family_id'],
        ['implicate_id']
    ] -%}
        {%- set key = columns | select('in', entry.mapped_columns) | first -%}
        {%- if key and mapped_kind(entry, key) == 'text' -%}
            {%- do checks.append(is_long_id(key)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(checks) }}
{%- endmacro %}
