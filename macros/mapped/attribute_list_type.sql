{# The type of an `attribute_list`. #}
{% macro attribute_list_type() -%}
    {{ return(adapter.dispatch('attribute_list_type', 'retail_marts')()) }}
{%- endmacro %}

{% macro duckdb__attribute_list_type() -%}
    {{ return('struct(attribute string, value_text string, value_number double)[]') }}
{%- endmacro %}

{% macro spark__attribute_list_type() -%}
    {{ return('array<struct<attribute: string, value_text: string, value_number: double>>') }}
{%- endmacro %}
