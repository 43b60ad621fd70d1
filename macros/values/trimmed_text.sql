{# Text without white space and invisible characters at its ends. See clean_text. #}
{% macro trimmed_text(text) -%}
    {{ return(adapter.dispatch('trimmed_text', 'retail_marts')(text)) }}
{%- endmacro %}

{% macro duckdb__trimmed_text(text) -%}
    regexp_replace({{ text }}, {{ blank_ends() }}, '', 'g')
{%- endmacro %}

{% macro spark__trimmed_text(text) -%}
    regexp_replace({{ text }}, {{ blank_ends() }}, '')
{%- endmacro %}
