{# The type of a column of a raw table, by DuckDB's name. #}
{% macro raw_type(data_type) -%}
    {{ return(adapter.dispatch('raw_type', 'retail_marts')(data_type)) }}
{%- endmacro %}

{% macro duckdb__raw_type(data_type) -%}
    {{ return(data_type) }}
{%- endmacro %}

{% macro spark__raw_type(data_type) -%}
    {{ return({
        'string': 'varchar', 'binary': 'blob', 'int': 'integer', 'timestamp_ntz': 'timestamp',
        'timestamp': 'timestamp with time zone',
    }.get(data_type, data_type)) }}
{%- endmacro %}
