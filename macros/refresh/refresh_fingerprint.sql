{#
    A hash of everything that determines the rows of this model except its files: its
    code and types, the compiled SQL of its upstream views (which includes macros and
    settings), the key of personal ids, and where each source's days begin.
#}
{% macro refresh_fingerprint() -%}
    {%- set views = [] -%}
    {%- do upstream_views(model.unique_id, views) -%}
    {{ return(run_query(
        'select sha256(concat_ws(chr(10), ' ~ sql_literal(model.raw_code) ~ ', '
        ~ sql_literal(model.columns.values() | map(attribute='data_type') | join(','))
        ~ ", sha256(getvariable('personal_key')), string_agg("
        ~ "sql, chr(10) order by schema_name, view_name), ("
        ~ "select string_agg(concat_ws(' ', source_name, time_zone, orders_ahead), "
        ~ 'chr(10) order by source_name) from ' ~ raw_table('build_days')
        ~ '))) from duckdb_views()'
        ~ ' where database_name = ' ~ sql_literal(target.database)
        ~ " and schema_name || '.' || view_name in ("
        ~ sql_literals(views or ['']) ~ ')'
    ).rows[0][0]) }}
{%- endmacro %}
