{#
    A setting: the value that the user wrote, or its default. Null while dbt parses: the
    plugin checks settings later, and has a message for each wrong value.

    setting('lifetime_value_settings.holdout_days')   -- 90
#}
{% macro setting(path) -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set names = path.split('.') -%}
    {#- In a user's own project, `var` would give our dbt_project.yml's settings of the
        sample. A unit test sets variables of its own. -#}
    {%- set is_stated = project_name == 'retail_marts'
        or (model is defined and model.resource_type == 'unit_test') -%}
    {%- set found = [var(names[0], none) if is_stated else none] -%}
    {%- for name in names[1:] -%}
        {%- do found.append(found[-1].get(name) if found[-1] is mapping else none) -%}
    {%- endfor -%}
    {%- if found[-1] is none -%}
        {%- do found.append(resolved_settings()) -%}
        {%- for name in names -%}
            {%- do found.append(found[-1][name]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found[-1]) }}
{%- endmacro %}
