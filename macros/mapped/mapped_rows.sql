{#
    The landed rows of a mapped sales file, for `from`. For an entry that asks for it,
    empty values are filled down (with `_fill_fault`, the reason of a line that has no
    line to take them from), amounts of an order are on each of its lines, and rows that
    its filters leave out are missing. Or, with `is_filtered`, only those rows.

    All of this is within one file, so that files can be read again one by one.
#}
{% macro mapped_rows(entry, is_filtered=false) -%}
    {%- set found = namespace(rows=entry.relation) -%}
    {%- if 'order_id' in entry.fill_down -%}
        {%- set found.rows = '(' ~ rows_with_order_ids(entry, found.rows)
            ~ ') as with_order_ids' -%}
    {%- endif -%}
    {%- set has_filled_filter = entry.filters | selectattr('fill_down') | list != [] -%}
    {%- if entry.fill_down | reject('equalto', 'order_id') | list
        or (entry.fill_down and has_filled_filter) -%}
        {%- set found.rows = '(' ~ filled_rows(entry, found.rows) ~ ') as filled' -%}
    {%- endif -%}
    {%- if entry.order_amounts -%}
        {%- set found.rows = '(' ~ rows_with_order_amounts(entry, found.rows)
            ~ ') as with_order_amounts' -%}
    {%- endif -%}
    {%- if entry.filters -%}
        {%- set found.rows = '(select * from ' ~ found.rows ~ ' where '
            ~ ('' if is_filtered else 'not ') ~ is_filtered_row(entry) ~ ') as chosen' -%}
    {%- endif -%}
    {{ return(found.rows) }}
{%- endmacro %}
