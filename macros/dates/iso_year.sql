{# The year that an ISO week belongs to: 2024-12-30 is in week 1 of 2025. #}
{% macro iso_year(column) -%}
    {{ return(adapter.dispatch('iso_year', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__iso_year(column) -%}
    cast(isoyear({{ column }}) as integer)
{%- endmacro %}

{% macro spark__iso_year(column) -%}
    extract(yearofweek from {{ column }})
{%- endmacro %}
