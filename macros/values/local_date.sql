{#
    The day of an instant in a time zone.

    local_date('ordered_at', 'Asia/Jakarta')   -- 2024-01-31 17:30 UTC -> 2024-02-01
#}
{% macro local_date(instant, time_zone) -%}
    {{ return(adapter.dispatch('local_date', 'retail_marts')(instant, time_zone)) }}
{%- endmacro %}

{% macro duckdb__local_date(instant, time_zone) -%}
    cast(timezone({{ sql_literal(time_zone) }}, cast({{ instant }} as timestamptz)) as date)
{%- endmacro %}
