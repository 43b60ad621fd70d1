{#
    Rows in which a line without an order id has that of the line above it, within its
    file. A line below a row that cannot be read has none: that row may have been the
    first of the line's order. `_fill_fault` is the reason of such a line.
#}
{% macro rows_with_order_ids(entry, relation) -%}
{%- set own = mapped_text(entry, 'order_id') -%}
{%- set filled -%}
    case
        when max(case when {{ own }} is not null then _source_row_number end)
                over rows_above
            > coalesce(
                max(case when _parse_fault is not null then _source_row_number end)
                    over rows_above, 0
            )
            then {{ last_known(
                'case when ' ~ own ~ ' is not null then order_id end', 'rows_above'
            ) }}
    end
{%- endset -%}
select
    {% for column in entry.types -%}
    {% if column == 'order_id' -%}
    {{ filled }} as order_id,
    {% elif column == '_raw_text' -%}
    {# The row as it was, for fct_rejected_rows. -#}
    {{ joined_fields(entry.mapped_columns, entry.separator) }} as _raw_text,
    {% else -%}
    {{ column }},
    {% endif -%}
    {% endfor -%}
    case
        when {{ filled }} is null
            then {{ sql_literal(
                'order_id is empty, and above it in this file is no line of an order '
                ~ 'that can be read'
            ) }}
    end as _fill_fault
from {{ relation }}
window
    rows_above as (
        partition by _source_file
        order by _source_row_number
        rows between unbounded preceding and current row
    )
{%- endmacro %}
