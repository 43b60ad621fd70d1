{# A 64-bit hash of whole rows, to find exact duplicates. #}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'retail_marts')(columns)) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}
