{#
    Before the bracket of a CTE that is read more than once: read it each time anew,
    where the engine would otherwise keep its rows.
#}
{% macro not_materialized() -%}
    {{ return(adapter.dispatch('not_materialized', 'retail_marts')()) }}
{%- endmacro %}

{% macro duckdb__not_materialized() -%}
    not materialized
{%- endmacro %}
