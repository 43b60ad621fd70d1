{# Whether a text matches a regular expression from its first character to its last. #}
{% macro full_match(column, pattern) -%}
    {{ return(adapter.dispatch('full_match', 'retail_marts')(column, pattern)) }}
{%- endmacro %}

{% macro duckdb__full_match(column, pattern) -%}
    regexp_full_match({{ column }}, {{ sql_literal(pattern) }})
{%- endmacro %}

{# The expressions of Java, whose $ also matches before a last line break. #}
{% macro spark__full_match(column, pattern) -%}
    regexp_like({{ column }}, {{ sql_literal('\\A(?:' ~ java_pattern(pattern) ~ ')\\z') }})
{%- endmacro %}
