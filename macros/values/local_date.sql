{#
    The day of an instant in a time zone, or as a timestamp its time there.

    local_date('ordered_at', 'Asia/Jakarta')   -- 2024-01-31 17:30 UTC -> 2024-02-01
#}
{% macro local_date(instant, time_zone, data_type='date') -%}
    {{ return(adapter.dispatch('local_date', 'retail_marts')(
        instant, time_zone, data_type
    )) }}
{%- endmacro %}

{% macro duckdb__local_date(instant, time_zone, data_type) -%}
    cast(
        timezone({{ sql_literal(time_zone) }}, cast({{ instant }} as timestamptz))
        as {{ data_type }}
    )
{%- endmacro %}

{% macro spark__local_date(instant, time_zone, data_type) -%}
    cast(
        from_utc_timestamp(cast({{ instant }} as timestamp), {{ sql_literal(time_zone) }})
        as {{ data_type }}
    )
{%- endmacro %}
