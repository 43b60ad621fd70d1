{#
    The instant of a number of microseconds since 1970 UTC, cut to whole ones.

    epoch_instant('1706720400000000')   -- 2024-01-31 17:00 UTC
#}
{% macro epoch_instant(microseconds) -%}
    {{ return(adapter.dispatch('epoch_instant', 'retail_marts')(microseconds)) }}
{%- endmacro %}

{% macro duckdb__epoch_instant(microseconds) -%}
    timezone('UTC', make_timestamp(cast(floor({{ microseconds }}) as bigint)))
{%- endmacro %}

{% macro spark__epoch_instant(microseconds) -%}
    timestamp_micros(cast(floor({{ microseconds }}) as bigint))
{%- endmacro %}
