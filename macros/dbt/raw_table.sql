{#
    A table of the schema `raw` with its database, whose name may need quotes: it is that
    of the warehouse file.

    raw_table('landed_files')   -- "retail_marts".raw.landed_files
#}
{% macro raw_table(name) -%}
    {{ return(adapter.quote(target.database) ~ '.raw.' ~ name) }}
{%- endmacro %}
