{# Whether this is an invocation that may change tables or prove them. #}
{% macro is_noted_run() -%}
    {{ return(flags.WHICH in ('run', 'build', 'seed', 'snapshot', 'test')) }}
{%- endmacro %}
