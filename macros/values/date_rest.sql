{# What is left to parse of a text that matches a `date_pattern`. #}
{% macro date_rest(column, date) -%}
    {%- if date.kept -%}
        regexp_replace(
            {{ column }}, {{ sql_literal(date.pattern) }}, {{ sql_literal(date.kept) }}
        )
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}
