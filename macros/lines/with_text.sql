{#
    An expression about a text that it names `found`. The text stands once in the SQL: an
    engine plans every copy of a long expression, for every model that reads it.

    with_text('trim("Qty")', "found || ' is not a number'")
#}
{% macro with_text(text, expression) -%}
    {{ return(adapter.dispatch('with_text', 'retail_marts')(text, expression)) }}
{%- endmacro %}

{% macro duckdb__with_text(text, expression) -%}
    list_transform([{{ text }}], lambda found: {{ expression }})[1]
{%- endmacro %}

{% macro spark__with_text(text, expression) -%}
    transform(array({{ text }}), found -> {{ expression }})[0]
{%- endmacro %}
