{#
    Schemas have exactly the configured names, without the prefix of a target, so that
    BI tools find them.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
