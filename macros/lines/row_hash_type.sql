{# The type of a `row_hash`. #}
{% macro row_hash_type() -%}
    {{ return(adapter.dispatch('row_hash_type', 'retail_marts')()) }}
{%- endmacro %}

{% macro duckdb__row_hash_type() -%}
    {{ return('ubigint') }}
{%- endmacro %}

{% macro spark__row_hash_type() -%}
    {{ return('bigint') }}
{%- endmacro %}
