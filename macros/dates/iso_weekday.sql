{# ISO weekday, from 1 (Monday) to 7 (Sunday). #}
{% macro iso_weekday(column) -%}
    {{ return(adapter.dispatch('iso_weekday', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(column) -%}
    cast(isodow({{ column }}) as integer)
{%- endmacro %}

{% macro spark__iso_weekday(column) -%}
    weekday({{ column }}) + 1
{%- endmacro %}
