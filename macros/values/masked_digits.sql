{# A text with # for each digit: its form, without its value. #}
{% macro masked_digits(text) -%}
    {{ return(adapter.dispatch('masked_digits', 'retail_marts')(text)) }}
{%- endmacro %}

{% macro duckdb__masked_digits(text) -%}
    regexp_replace({{ text }}, '[0-9]', '#', 'g')
{%- endmacro %}

{% macro spark__masked_digits(text) -%}
    regexp_replace({{ text }}, '[0-9]', '#')
{%- endmacro %}
