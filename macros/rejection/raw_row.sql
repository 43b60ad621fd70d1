{#
    Text of a landed row for fct_rejected_rows: the line itself if it could not be
    parsed, else its fields joined by the file's separator.

    raw_row('kalbe', 'products')   -- 'P1;Choco Bar;8800'
#}
{% macro raw_row(source_name, table_name) -%}
    {%- if not execute -%}
        null
    {%- else -%}
        {%- set file = (graph.sources.values()
            | selectattr('source_name', 'eq', source_name)
            | selectattr('name', 'eq', table_name) | first).config.meta -%}
        {{ joined_fields(file.columns, file.separator) }}
    {%- endif -%}
{%- endmacro %}
