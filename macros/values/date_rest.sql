{# What is left to parse of a text that matches a `date_pattern`. #}
{% macro date_rest(column, date) -%}
    {%- if date.kept -%}
        {{ replaced_match(column, date.pattern, date.kept) }}
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}
