{# A text as an SQL literal, with quotes doubled. #}
{% macro sql_literal(text) -%}
    '{{ (text | string).replace("'", "''") }}'
{%- endmacro %}
