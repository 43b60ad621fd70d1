{# The type of an `attribute_list`. #}
{% macro attribute_list_type() -%}
    {{ return(adapter.dispatch('attribute_list_type', 'retail_marts')()) }}
{%- endmacro %}

{% macro duckdb__attribute_list_type() -%}
    {{ return('struct(attribute varchar, value_text varchar, value_number double)[]') }}
{%- endmacro %}
