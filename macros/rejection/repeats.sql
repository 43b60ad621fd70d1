{#
    A (condition, reason) pair for first_of: an earlier row of the file has the same
    key. The first row with a key is accepted. The key can be personal, so the reason
    names its row instead.
#}
{% macro repeats(column) -%}
    {%- set key = clean_text(column) -%}
    {{ return((
        'row_number() over (partition by ' ~ key ~ ' order by _source_row_number) > 1',
        sql_literal(column.replace('"', '') ~ ' is already in row ')
            ~ ' || min(_source_row_number) over (partition by ' ~ key ~ ')'
    )) }}
{%- endmacro %}
