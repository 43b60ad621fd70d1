{#
    Condition: the filters of an entry leave a landed row out. A row that could not be
    parsed has no values to filter by; a line without a line to fill it down from may lack
    one. Both are rejected.
#}
{% macro is_filtered_row(entry) -%}
    {%- set kept = [] -%}
    {%- for filter in entry.filters -%}
        {%- set text = mapped_text(entry, filter.column) -%}
        {%- set is_kept = "coalesce(lower(" ~ text ~ "), '') "
            ~ ('in (' if filter['keeps'] else 'not in (')
            ~ sql_literals(filter['values']) ~ ')' -%}
        {%- if entry.fill_down and filter.fill_down -%}
            {%- set is_kept = '(' ~ is_kept ~ ' or (' ~ text
                ~ ' is null and _fill_fault is not null))' -%}
        {%- endif -%}
        {%- do kept.append(is_kept) -%}
    {%- endfor -%}
    {{ return('(_parse_fault is null and not (' ~ kept | join(' and ') ~ '))') }}
{%- endmacro %}
