{#
    A text in which the first match of a regular expression, which is the whole text, is
    replaced by its groups: '\\1|\\2'.
#}
{% macro replaced_match(text, pattern, groups) -%}
    {{ return(adapter.dispatch('replaced_match', 'retail_marts')(text, pattern, groups)) }}
{%- endmacro %}

{% macro duckdb__replaced_match(text, pattern, groups) -%}
    regexp_replace({{ text }}, {{ sql_literal(pattern) }}, {{ sql_literal(groups) }})
{%- endmacro %}

{# A pattern that may match nothing would match again at the end of the text. #}
{% macro spark__replaced_match(text, pattern, groups) -%}
    regexp_replace(
        {{ text }}, {{ sql_literal('\\A(?:' ~ java_pattern(pattern) ~ ')\\z') }},
        {{ sql_literal(groups | replace('\\', '$')) }}
    )
{%- endmacro %}
