{#
    A (condition, reason) pair for first_of: a key column is empty. The condition trims
    only one end, which is enough to find empty values and saves time on every row.
#}
{% macro is_empty(column) -%}
    {%- set text = "cast(" ~ column ~ " as string)" -%}
    {{ return((
        '(' ~ column ~ " is null or ltrim(" ~ text ~ ") = '')",
        sql_literal(column.replace('"', '') ~ ' is empty')
    )) }}
{%- endmacro %}
