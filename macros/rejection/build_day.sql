{#
    The day of this build where a source is, as the plugin noted it; without a source, in
    UTC. It is not a literal: the code of a view must not change every day.
#}
{% macro build_day(source_name='') -%}
    (
        select build_day from {{ raw_table('build_days') }}
        where source_name = {{ sql_literal(source_name) }}
    )
{%- endmacro %}
