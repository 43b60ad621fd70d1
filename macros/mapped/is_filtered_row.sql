{#
    Condition: the filters of an entry leave a landed row out. A row that could not be
    parsed has no values to filter by.
#}
{% macro is_filtered_row(entry) -%}
    {%- set kept = [] -%}
    {%- for filter in entry.filters -%}
        {%- do kept.append(
            "coalesce(lower(" ~ mapped_text(entry, filter.column) ~ "), '') "
            ~ ('in (' if filter['keeps'] else 'not in (')
            ~ sql_literals(filter['values']) ~ ')'
        ) -%}
    {%- endfor -%}
    {{ return('(_parse_fault is null and not (' ~ kept | join(' and ') ~ '))') }}
{%- endmacro %}
