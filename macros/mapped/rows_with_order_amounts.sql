{#
    Rows in which each line has the amounts of its order: those of the first line in the
    file that has them. spread_share then gives each line its part.
#}
{% macro rows_with_order_amounts(entry, relation) -%}
select
    {% for column in entry.types -%}
    {% if column in entry.order_amounts -%}
    {{ first_known(
        'case when ' ~ mapped_text(entry, column) ~ ' is not null then ' ~ column ~ ' end',
        'whole_order'
    ) }} as {{ column }},
    {% elif column == '_raw_text' and not entry.fill_down -%}
    {{ joined_fields(entry.mapped_columns, entry.separator) }} as _raw_text,
    {% else -%}
    {{ column }},
    {% endif -%}
    {% endfor -%}
    {{ '_fill_fault' if entry.fill_down else 'cast(null as string) as _fill_fault' }}
from {{ relation }}
window
    whole_order as (
        partition by {{ order_of_row(entry) }}
        order by _source_row_number
        rows between unbounded preceding and unbounded following
    )
{%- endmacro %}
