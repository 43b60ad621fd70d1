{#
    Whether the table of this incremental model can be updated with the recent changes
    only. The table must have been made with the same SQL, settings and key, the changes
    since then must be known, and they must be few enough to save time.
#}
{% macro can_refresh_in_part() -%}
    {%- set note = run_query(
        'select fingerprint, refresh_number from ' ~ raw_table('refreshes')
        ~ ' where model = ' ~ sql_literal(model.name)
    ).rows -%}
    {%- if not note or note[0][0] != refresh_fingerprint() -%}
        {{ return(false) }}
    {%- endif -%}
    {%- if config.get('incremental_strategy') == 'changed_files' -%}
        {%- set counted = run_query(changed_files_sql(
            'coalesce(sum(case when has_changed then raw_line_count end), 0)'
            ~ ', coalesce(sum(raw_line_count), 0)'
        )).rows[0] -%}
        {%- set kept = run_query(
            'select count(*) from ' ~ raw_table('changed_sales_lines')
            ~ ' where refresh_number > ' ~ number_taken_in_by_all()
        ).rows[0][0] if model.name == 'fct_sales_lines' else 0 -%}
        {{ return(counted[0] + kept < 0.3 * counted[1]) }}
    {%- endif -%}
    {{ return(run_query(
        'select count(*) from ' ~ raw_table('refreshes') ~ ' where model = '
        ~ "'fct_sales_lines' and first_refresh_number <= " ~ note[0][1]
    ).rows[0][0] == 1) }}
{%- endmacro %}
