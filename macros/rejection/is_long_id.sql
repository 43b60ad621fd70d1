{#
    A (condition, reason) pair for first_of: an id has more characters than an id may
    have.

    is_long_id('"ProductID"')   -- "ProductID is longer than 200 characters"
#}
{% macro is_long_id(column) -%}
    {%- set characters = longest_texts().id -%}
    {{ return((
        is_too_long(column, characters),
        sql_literal(
            column.replace('"', '') ~ ' is longer than ' ~ characters ~ ' characters'
        )
    )) }}
{%- endmacro %}
