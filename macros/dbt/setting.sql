{#
    A setting: what the user wrote, or else its default. While dbt parses, nothing: a value
    that is wrong must reach the plugin's check, which has a message for it.

    setting('lifetime_value_settings.holdout_days')   -- 90
#}
{% macro setting(path) -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set names = path.split('.') -%}
    {%- set found = [var(names[0], none)] -%}
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
