{# All settings of this run with their defaults, as the plugin stored them. #}
{% macro resolved_settings() -%}
    {{ return(fromjson(run_note('select resolved from ' ~ raw_table('settings'))[0][0])) }}
{%- endmacro %}
