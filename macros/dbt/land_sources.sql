{#
    Lands the files of the sources that the selected nodes read, before the first node
    runs. On DuckDB, the plugin lands a source when the first node reads it.
#}
{% macro land_sources() -%}
    {{ return(adapter.dispatch('land_sources', 'retail_marts')()) }}
{%- endmacro %}

{% macro duckdb__land_sources() -%}{%- endmacro %}

{% macro spark__land_sources() -%}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {%- set read = [] -%}
        {%- for id in selected_resources if id in graph.nodes -%}
            {%- do read.extend(graph.nodes[id].depends_on.nodes) -%}
        {%- endfor -%}
        {%- set sources = [] -%}
        {%- for source in graph.sources.values()
            if source.unique_id in read and source.config.meta.plugin == 'files' -%}
            {%- do sources.append(
                {'identifier': source.identifier, 'meta': source.config.meta}
            ) -%}
        {%- endfor -%}
        {%- do adapter.plugin('land', sources) -%}
    {%- endif -%}
{%- endmacro %}
