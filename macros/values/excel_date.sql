{#
    The day of a serial number of Excel's calendar from 1900 on, whose fraction is the
    time of day; null for 60, the 29 February 1900 that never was.

    excel_date('45292.75', 'timestamp')   -- 2024-01-01 18:00
#}
{% macro excel_date(serial, data_type='date') -%}
    {{ return(adapter.dispatch('excel_date', 'retail_marts')(serial, data_type)) }}
{%- endmacro %}

{#
    Rounded to milliseconds, as in Excel. Day 25569 is 1970-01-01. Until 1900-02-28, days
    are one less than later ones would be.
#}
{% macro duckdb__excel_date(serial, data_type) -%}
    cast(
        case
            when {{ serial }} between 61 and 200000
                then make_timestamp(
                    cast(round(({{ serial }} - 25569) * 86400000) as bigint) * 1000
                )
            when {{ serial }} >= 1 and {{ serial }} < 60
                then make_timestamp(
                    cast(round(({{ serial }} - 25568) * 86400000) as bigint) * 1000
                )
        end as {{ data_type }}
    )
{%- endmacro %}

{% macro spark__excel_date(serial, data_type) -%}
    cast(
        case
            when {{ serial }} between 61 and 200000
                then timestamp_millis(
                    cast(round(({{ serial }} - 25569) * 86400000) as bigint)
                )
            when {{ serial }} >= 1 and {{ serial }} < 60
                then timestamp_millis(
                    cast(round(({{ serial }} - 25568) * 86400000) as bigint)
                )
        end as {{ data_type }}
    )
{%- endmacro %}
