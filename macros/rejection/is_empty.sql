{#
    A (condition, reason) pair for first_of: a key column holds nothing. Trimming one end
    is enough to see it, and this runs over every row of every file.
#}
{% macro is_empty(column) -%}
    {%- set text = "cast(" ~ column ~ " as varchar)" -%}
    {{ return((
        '(' ~ column ~ " is null or ltrim(" ~ text ~ ") = '')",
        sql_literal(column.replace('"', '') ~ ' is empty')
    )) }}
{%- endmacro %}
