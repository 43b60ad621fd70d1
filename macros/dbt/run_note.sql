{#
    Runs SQL on the notes of runs in the schema `raw`, and gives its rows. Tables of Spark
    cannot be updated, so its plugin keeps these notes in a file of its own.
#}
{% macro run_note(sql) -%}
    {{ return(adapter.dispatch('run_note', 'retail_marts')(sql)) }}
{%- endmacro %}

{% macro duckdb__run_note(sql) -%}
    {{ return(run_query(sql)) }}
{%- endmacro %}

{% macro spark__run_note(sql) -%}
    {{ return(adapter.plugin('run_note', sql)) }}
{%- endmacro %}
