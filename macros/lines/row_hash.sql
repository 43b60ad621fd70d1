{# 64-bit hash of complete rows, used to find exact duplicates. #}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'retail_marts')(columns)) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__row_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
