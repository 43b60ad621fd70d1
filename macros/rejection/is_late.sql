{#
    A (condition, reason) pair for first_of: an order date is after the day of the build,
    and the source does not allow orders ahead.

    is_late('"Date"', 'parsed_order_date', 'kalbe')
        -- "Date 2042-01-05 is after the day of the build: ..."
#}
{% macro is_late(column, parsed, source_name) -%}
    {{ return((
        parsed ~ ' > (select build_day from ' ~ raw_table('build_days')
            ~ ' where not orders_ahead and source_name = ' ~ sql_literal(source_name)
            ~ ')',
        sql_literal(column.replace('"', '') ~ ' ') ~ ' || cast(' ~ parsed
            ~ ' as string) || ' ~ sql_literal(late_reason())
    )) }}
{%- endmacro %}
