{#
    Post-hook of incremental models: records in the same transaction which changes the
    table contains. A full build of fct_sales_lines resets the recorded changes.
#}
{% macro note_refresh() -%}
    {{ return(adapter.dispatch('note_refresh', 'retail_marts')()) }}
{%- endmacro %}

{# Spark builds every table in full. #}
{% macro spark__note_refresh() -%}{%- endmacro %}

{% macro duckdb__note_refresh() -%}
{%- if execute -%}
{%- set raw = adapter.quote(target.database) ~ '.raw' -%}
{%- set name = sql_literal(model.name) -%}
{%- set is_lines = model.name == 'fct_sales_lines' -%}
{%- set invocation = sql_literal(invocation_id) -%}
{%- set lines_note = run_query(
    'select refresh_number, invocation_id = ' ~ invocation ~ ' from ' ~ raw
    ~ ".refreshes where model = 'fct_sales_lines'"
).rows -%}
{%- set is_of_files = config.get('incremental_strategy') == 'changed_files' -%}
{#- Models over files track their content by file, not by refresh number. -#}
{%- set number = lines_note[0][0]
    if lines_note and (is_lines or not is_of_files) else 0 -%}
{#- The strategy has already raised the number where lines were partially refreshed. -#}
{%- if not (is_lines and lines_note and lines_note[0][1]) %}
{%- if is_lines %}
delete from {{ raw }}.changed_sales_lines;
{%- set number = number + 1 -%}
{%- endif %}
delete from {{ raw }}.refreshes where model = {{ name }};
insert into {{ raw }}.refreshes values (
    {{ name }}, {{ number }}, {{ number }}, {{ sql_literal(refresh_fingerprint()) }},
    {{ invocation }}
);
{%- endif %}
{%- if is_of_files %}
delete from {{ raw }}.refreshed_files where model = {{ name }};
insert into {{ raw }}.refreshed_files
select
    {{ name }},
    landed.source_table,
    landed.source_file,
    landed.raw_line_count,
    landed.version,
    build_days.build_day,
    coalesce(counted.has_late_rows, true)
from {{ raw }}.landed_files as landed
left join {{ raw }}.build_days as build_days
    on landed.source_table in (
        'sales_lines of ' || build_days.source_name,
        'stock of ' || build_days.source_name
    )
left join (
    {%- if model.name == 'int_staged_rows_counted' %}
    select source_table, source_file, sum(late_row_count) > 0 as has_late_rows
    from {{ this }}
    group by source_table, source_file
    {%- else %}
    {#- Of a version that is not counted yet, any row may be late. #}
    select held.source_table, held.source_file, held.has_late_rows
    from {{ raw }}.refreshed_files as held
    inner join {{ raw }}.landed_files as files
        on
            held.source_table = files.source_table
            and held.source_file = files.source_file
            and held.version = files.version
    where held.model = 'int_staged_rows_counted'
    {%- endif %}
) as counted
    on
        landed.source_table = counted.source_table
        and landed.source_file = counted.source_file;
{%- endif %}
{%- endif -%}
{%- endmacro %}
