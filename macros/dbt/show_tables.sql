{#
    Shows the tables of another engine in a DuckDB file, from which `retail-marts publish`
    writes what readers get.
#}
{% macro show_tables() -%}
    {{ return(adapter.dispatch('show_tables', 'retail_marts')()) }}
{%- endmacro %}

{# They are in the file already. #}
{% macro duckdb__show_tables() -%}{%- endmacro %}

{% macro spark__show_tables() -%}
    {%- if execute and is_noted_run() -%}
        {%- set tables = [] -%}
        {%- for node in graph.nodes.values()
            if node.resource_type in ('model', 'seed')
                and node.config.materialized != 'view' -%}
            {%- do tables.append((node.schema, node.alias)) -%}
        {%- endfor -%}
        {%- do adapter.plugin('show_tables', tables) -%}
    {%- endif -%}
{%- endmacro %}
