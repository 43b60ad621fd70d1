{#
    Rows in which the columns in `fill_down`, and those of filters, have the value of the
    last line of the order, up to the row, that has one. Values keep their raw type.

    A line needs such a line. It is missing where a value first stands on a later line of
    the order, or where no line up to this one has any of the columns that are empty on
    some rows of the file. (A column that is never empty does not show which line is the
    first of its order.)
#}
{% macro filled_rows(entry, relation) -%}
{#- With order ids filled by rows_with_order_ids, each line with an id is a first one. -#}
{%- set has_first_lines = 'order_id' in entry.fill_down -%}
{%- set fields = entry.fill_down | reject('equalto', 'order_id') | list -%}
{%- set filled = fields | list -%}
{%- for filter in entry.filters if filter.fill_down -%}
    {%- do filled.append(filter.column) -%}
{%- endfor -%}
{%- set partial = [] -%}
{%- set known = [] -%}
{%- for column in filled + entry.order_amounts -%}
    {%- set own = mapped_text(entry, column) -%}
    {%- set is_partial = '(count(' ~ own ~ ') over whole_file < count(*) over whole_file)' -%}
    {%- do partial.append(is_partial) -%}
    {%- do known.append('(' ~ is_partial ~ ' and count(' ~ own ~ ') over up_to_here > 0)') -%}
{%- endfor -%}
{%- set above = ', and no line of the order above it in this file has one' -%}
select
    {% for column in entry.types -%}
    {% if column in filled -%}
    {{ last_known(
        'case when ' ~ mapped_text(entry, column) ~ ' is not null then ' ~ column ~ ' end',
        'up_to_here'
    ) }} as {{ column }},
    {% elif column == '_raw_text' -%}
    {# The row as it was, for fct_rejected_rows. -#}
    {{ joined_fields(entry.mapped_columns, entry.separator) }} as _raw_text,
    {% else -%}
    {{ column }},
    {% endif -%}
    {% endfor -%}
    case
        {% if has_first_lines -%}
        when _fill_fault is not null then _fill_fault
        {% endif -%}
        {% for column in fields -%}
        {% set own = mapped_text(entry, column) -%}
        when
            count({{ own }}) over up_to_here = 0 and count({{ own }}) over whole_order > 0
            then {{ sql_literal(column ~ ' is empty' ~ above) }}
        {% endfor -%}
        {% if not has_first_lines -%}
        when
            ({{ partial | join(' or ') }})
            and not ({{ known | join(' or ') }})
            then {{ sql_literal(
                fields | join(' and ')
                ~ (' is empty' if fields | length == 1 else ' are empty') ~ above
            ) }}
        {% endif -%}
    end as _fill_fault
from {{ relation }}
window
    whole_file as (partition by _source_file),
    whole_order as (partition by {{ order_of_row(entry, unknown=fields) }}),
    up_to_here as (
        partition by {{ order_of_row(entry, unknown=fields) }}
        order by _source_row_number
        rows between unbounded preceding and current row
    )
{%- endmacro %}
