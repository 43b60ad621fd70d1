{#
    A text expression that stops the query with a message when it is evaluated. Use it
    after the `when` that finds the error.

    case when is_faulty then {{ raised_error('message') }} else name end
#}
{% macro raised_error(message) -%}
    {{ return(adapter.dispatch('raised_error', 'retail_marts')(message)) }}
{%- endmacro %}

{% macro duckdb__raised_error(message) -%}
    cast(error({{ message }}) as string)
{%- endmacro %}

{% macro spark__raised_error(message) -%}
    cast(raise_error({{ message }}) as string)
{%- endmacro %}
