{#
    The day of this build in each time zone of a source: a query with the columns
    `time_zone` and `build_day`.
#}
{% macro build_days() -%}
    select
        time_zone,
        max(build_day) as build_day
    from {{ raw_table('build_days') }}
    group by time_zone
{%- endmacro %}
