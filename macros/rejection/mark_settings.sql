{# The settings of marks that an entry would need, without those that it has. #}
{% macro mark_settings(entry, thousands_mark, decimal_mark) -%}
    {%- set settings = [] -%}
    {%- if thousands_mark != entry.thousands_mark -%}
        {%- do settings.append('thousands_mark: "' ~ thousands_mark ~ '"') -%}
    {%- endif -%}
    {%- if decimal_mark != entry.decimal_mark -%}
        {%- do settings.append('decimal_mark: "' ~ decimal_mark ~ '"') -%}
    {%- endif -%}
    {{ return(settings | join(' and ')) }}
{%- endmacro %}
