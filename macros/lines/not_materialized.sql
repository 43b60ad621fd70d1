{#
    Before the bracket of a CTE that is read more than once: the engine reads it again
    each time, instead of keeping its rows.
#}
{% macro not_materialized() -%}
    {{ return(adapter.dispatch('not_materialized', 'retail_marts')()) }}
{%- endmacro %}

{% macro duckdb__not_materialized() -%}
    not materialized
{%- endmacro %}

{# Spark always reads it again. #}
{% macro spark__not_materialized() -%}
    
{%- endmacro %}
