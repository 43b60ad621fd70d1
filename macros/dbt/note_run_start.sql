{#
    Notes that an invocation began that may change tables or prove them. One that is
    killed never notes its end, and publishing then trusts nothing built before it.
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
