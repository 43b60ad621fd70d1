{#
    A table of the schema `raw` with its database. The database has the name of the
    warehouse file, which may need quotes.

    raw_table('landed_files')   -- "retail_marts".raw.landed_files
#}
{% macro raw_table(name) -%}
    {{ return(adapter.dispatch('raw_table', 'retail_marts')(name)) }}
{%- endmacro %}

{% macro duckdb__raw_table(name) -%}
    {{ return(adapter.quote(target.database) ~ '.raw.' ~ name) }}
{%- endmacro %}

{# Spark has schemas, but no databases. #}
{% macro spark__raw_table(name) -%}
    {{ return('raw.' ~ name) }}
{%- endmacro %}
