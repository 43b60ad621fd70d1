{# Start of this invocation in UTC, as a timestamp. #}
{% macro noted_run_started_at() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}
