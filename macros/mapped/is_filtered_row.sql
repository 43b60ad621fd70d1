{#
    Condition: the filters of an entry leave a landed row out. A row that could not be
    parsed has no values to filter by; a line without a line to fill it down from may lack
    one. Both are rejected.
#}
{% macro is_filtered_row(entry) -%}
    {%- set kept = ['true'] -%}
    {%- for filter in entry.filters if filter.use != 'returns' -%}
        {%- set is_kept = has_filter_value(entry, filter, filter.use == 'keep') -%}
        {%- if entry.fill_down and filter.fill_down -%}
            {%- set is_kept = '(' ~ is_kept ~ ' or (' ~ mapped_text(entry, filter.column)
                ~ ' is null and _fill_fault is not null))' -%}
        {%- endif -%}
        {%- do kept.append(is_kept) -%}
    {%- endfor -%}
    {{ return('(_parse_fault is null and not (' ~ kept | join(' and ') ~ '))') }}
{%- endmacro %}
