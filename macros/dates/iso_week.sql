{# The number of an ISO week, 1 to 53: 2024-12-30 is in week 1. #}
{% macro iso_week(column) -%}
    cast(weekofyear({{ column }}) as integer)
{%- endmacro %}
