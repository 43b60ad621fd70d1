{# (condition, warning) pairs for all_of: names of a mapped row that mapped_name cuts. #}
{% macro cut_mapped_names(entry, columns) -%}
    {%- set names = [] -%}
    {%- for column in columns if mapped_kind(entry, column) == 'text' -%}
        {%- do names.append(column) -%}
    {%- endfor -%}
    {{ return(cut_names(names)) }}
{%- endmacro %}
