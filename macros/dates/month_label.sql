{# English name and year of a date's month: December 2024. #}
{% macro month_label(column) -%}
    {{ return(adapter.dispatch('month_label', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__month_label(column) -%}
    strftime({{ column }}, '%B %Y')
{%- endmacro %}

{% macro spark__month_label(column) -%}
    date_format({{ column }}, 'MMMM yyyy')
{%- endmacro %}
