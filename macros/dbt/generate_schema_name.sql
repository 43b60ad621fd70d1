{#
    Schemas have exactly the configured names, without the prefix of a target, so that
    BI tools find them. In a user's own project, its macro of this name decides for our
    models, too: dbt itself would call ours for them.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set own = context.get(project_name, {}) -%}
    {%- if project_name != 'retail_marts' and 'generate_schema_name' in own -%}
        {{ return(own['generate_schema_name'](custom_schema_name, node)) }}
    {%- endif -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
