{# English name of a date's weekday. #}
{% macro weekday_name(column) -%}
    {{ return(adapter.dispatch('weekday_name', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__weekday_name(column) -%}
    dayname({{ column }})
{%- endmacro %}

{% macro spark__weekday_name(column) -%}
    date_format({{ column }}, 'EEEE')
{%- endmacro %}
