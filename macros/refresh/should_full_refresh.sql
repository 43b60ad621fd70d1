{#
    Replaces dbt's macro of this name: an incremental model is fully rebuilt on
    --full-refresh, and whenever a partial refresh would not give the same result.
#}
{% macro should_full_refresh() -%}
    {%- set wanted = config.get('full_refresh') -%}
    {%- if wanted is none -%}
        {%- set wanted = flags.FULL_REFRESH -%}
    {%- endif -%}
    {%- if target.type != 'duckdb' -%}
        {%- set wanted = true -%}
    {%- elif
        not wanted and execute
        and config.get('incremental_strategy') in ('changed_files', 'changed_lines')
    -%}
        {%- set wanted = not can_refresh_in_part() -%}
    {%- endif -%}
    {{ return(wanted) }}
{%- endmacro %}
