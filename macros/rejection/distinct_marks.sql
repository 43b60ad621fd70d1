{# Texts of an expression's parts without repetitions, '' and '%', joined by a text. #}
{% macro distinct_marks(parts, separator) -%}
    {{ return(adapter.dispatch('distinct_marks', 'retail_marts')(parts, separator)) }}
{%- endmacro %}

{% macro duckdb__distinct_marks(parts, separator) -%}
    array_to_string(list_distinct(list_filter(
        [{{ parts | join(', ') }}], lambda m: m <> '' and m <> '%'
    )), {{ sql_literal(separator) }})
{%- endmacro %}

{% macro spark__distinct_marks(parts, separator) -%}
    array_join(array_distinct(filter(
        array({{ parts | join(', ') }}), m -> m <> '' and m <> '%'
    )), {{ sql_literal(separator) }})
{%- endmacro %}
