{# Stops with one clear message when a setting is no list: 'ab' is no list of a and b. #}
{% macro check_list(setting, given) -%}
    {%- if given is string or given is mapping or given is not iterable -%}
        {{ exceptions.raise_compiler_error(
            setting ~ ' is ' ~ given | tojson
            ~ '.\n  Remedy: write a list, such as [first, second] or [], under vars '
            ~ 'in dbt_project.yml.'
        ) }}
    {%- endif -%}
{%- endmacro %}
