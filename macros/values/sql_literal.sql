{# A text as an SQL literal, quotes doubled. #}
{% macro sql_literal(text) -%}
    '{{ (text | string).replace("'", "''") }}'
{%- endmacro %}
