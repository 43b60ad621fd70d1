{#
    Records the start of an invocation that can change or test tables. If it is killed,
    its end is never recorded, and publishing then trusts nothing that was built before
    it.
#}
{% macro note_run_start() -%}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed', 'test') -%}
        {%- do run_query(
            'insert into ' ~ raw_table('dbt_invocations') ~ ' values ('
            ~ sql_literal(invocation_id) ~ ', ' ~ sql_literal(flags.WHICH) ~ ', '
            ~ noted_run_started_at() ~ ', false)'
        ) -%}
    {%- endif -%}
{%- endmacro %}
