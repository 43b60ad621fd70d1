{#
    A (condition, reason) pair for first_of: a mapped key is empty, or one of the entry's
    words for "empty".
#}
{% macro is_empty_mapped(entry, column) -%}
    {{ return((
        mapped_text(entry, column) ~ ' is null', sql_literal(column ~ ' is empty')
    )) }}
{%- endmacro %}
