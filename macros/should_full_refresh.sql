{#
    Takes the place of dbt's own: a model that is refreshed in part is made anew when the
    user says so (--full-refresh), and whenever a part would not give the same.
#}
{% macro should_full_refresh() -%}
    {%- set wanted = config.get('full_refresh') -%}
    {%- if wanted is none -%}
        {%- set wanted = flags.FULL_REFRESH -%}
    {%- endif -%}
    {%- if
        not wanted and execute
        and config.get('incremental_strategy') in ('changed_files', 'changed_lines')
    -%}
        {%- set wanted = not can_refresh_in_part() -%}
    {%- endif -%}
    {{ return(wanted) }}
{%- endmacro %}
