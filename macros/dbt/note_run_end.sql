{#
    Records the outcome of each node next to the tables, so that `retail-marts publish`
    and `status` know which tests passed on the current tables.
#}
{% macro note_run_end() -%}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed', 'test') -%}
        {%- set outcomes = raw_table('dbt_outcomes') -%}
        {%- set rows = [] -%}
        {%- set nodes = [] -%}
        {%- for result in results -%}
            {%- do nodes.append(result.node.unique_id) -%}
            {%- do rows.append(
                '(' ~ sql_literal(result.node.unique_id) ~ ', '
                ~ sql_literal(result.status | string) ~ ', '
                ~ sql_literal(result.message | string) ~ ', ' ~ noted_run_started_at()
                ~ ')'
            ) -%}
        {%- endfor -%}
        {%- if rows -%}
            {%- do run_query(
                'delete from ' ~ outcomes ~ ' where unique_id in ('
                ~ sql_literals(nodes) ~ ')'
            ) -%}
            {%- do run_query(
                'insert into ' ~ outcomes ~ ' values ' ~ rows | join(', ')
            ) -%}
        {%- endif -%}
        {%- do run_query(
            'update ' ~ raw_table('dbt_invocations') ~ ' set has_ended = true'
            ~ ' where invocation_id = ' ~ sql_literal(invocation_id)
        ) -%}
    {%- endif -%}
{%- endmacro %}
