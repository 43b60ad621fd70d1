{#
    Records the outcome of each node next to the tables, so that `retail-marts publish`
    and `status` know which tests passed on the current tables.
#}
{% macro note_run_end() -%}
    {%- if execute and is_noted_run() -%}
        {%- set outcomes = raw_table('dbt_outcomes') -%}
        {%- set invocations = raw_table('dbt_invocations') -%}
        {%- set rows = [] -%}
        {%- set nodes = [] -%}
        {%- for result in results -%}
            {%- do nodes.append(result.node.unique_id) -%}
            {%- do rows.append(
                '(' ~ sql_literal(result.node.unique_id) ~ ', '
                ~ sql_literal(result.status | string) ~ ', '
                ~ sql_literal(result.message | string) ~ ')'
            ) -%}
        {%- endfor -%}
        {%- if rows -%}
            {%- do run_note(
                'delete from ' ~ outcomes ~ ' where unique_id in ('
                ~ sql_literals(nodes) ~ ')'
            ) -%}
            {%- do run_note(
                'insert into ' ~ outcomes ~ ' (unique_id, status, message, started_at,'
                ~ ' invocation_number) select ended.unique_id, ended.status,'
                ~ ' ended.message, invocations.started_at,'
                ~ ' invocations.invocation_number from (values ' ~ rows | join(', ')
                ~ ') as ended (unique_id, status, message) cross join ' ~ invocations
                ~ ' as invocations where invocations.invocation_id = '
                ~ sql_literal(invocation_id)
            ) -%}
        {%- endif -%}
        {%- do run_note(
            'update ' ~ invocations ~ ' set has_ended = true'
            ~ ' where invocation_id = ' ~ sql_literal(invocation_id)
        ) -%}
    {%- endif -%}
{%- endmacro %}
