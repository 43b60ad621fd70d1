{# A date in English words: 5 March 2024. #}
{% macro day_label(column) -%}
    {{ return(adapter.dispatch('day_label', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__day_label(column) -%}
    strftime({{ column }}, '%-d %B %Y')
{%- endmacro %}

{% macro spark__day_label(column) -%}
    date_format({{ column }}, 'd MMMM yyyy')
{%- endmacro %}
