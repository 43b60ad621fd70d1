{#
    Condition: a row has one of the values of a filter in its column, or none of them.
    Values are compared without case; "" is an empty one.
#}
{% macro has_filter_value(entry, filter, is_one=true) -%}
    coalesce(lower({{ mapped_text(entry, filter.column) }}), '')
    {{ 'in' if is_one else 'not in' }} ({{ sql_literals(filter['values']) }})
{%- endmacro %}
