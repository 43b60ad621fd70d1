{# Aggregate: the group's texts in alphabetical order, joined by "; ". #}
{% macro joined_text(column) -%}
    {{ return(adapter.dispatch('joined_text', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__joined_text(column) -%}
    string_agg({{ column }}, '; ' order by {{ column }})
{%- endmacro %}

{% macro spark__joined_text(column) -%}
    listagg({{ column }}, '; ') within group (order by {{ column }})
{%- endmacro %}
