{#
    Records the start of an invocation that can change or test tables. If it is killed,
    its end is never recorded, and publishing then trusts nothing that was built before
    it.
#}
{% macro note_run_start() -%}
    {%- if execute and is_noted_run() -%}
        {%- set invocations = raw_table('dbt_invocations') -%}
        {%- set limited_by = '--empty' if flags.EMPTY else '--sample' if flags.SAMPLE -%}
        {%- do run_note(
            'insert into ' ~ invocations ~ ' (invocation_id, command, started_at,'
            ~ ' has_ended, invocation_number, limited_by) select '
            ~ sql_literal(invocation_id) ~ ', ' ~ sql_literal(flags.WHICH) ~ ', '
            ~ noted_run_started_at() ~ ', false,'
            ~ ' coalesce(max(invocation_number), 0) + 1, '
            ~ (sql_literal(limited_by) if limited_by else 'null')
            ~ ' from ' ~ invocations
        ) -%}
    {%- endif -%}
{%- endmacro %}
