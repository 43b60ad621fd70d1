{#
    Models of the user's own project that the entries of these settings name.

    mapped_models(['mapped_sources'])   -- ['my_orders', 'my_package.my_products']
#}
{% macro mapped_models(settings) -%}
    {%- set names = [] -%}
    {%- for setting in settings -%}
        {%- set entries = var(setting, none) -%}
        {#- While dbt parses, a setting may still be of a wrong type. -#}
        {%- for entry in (entries.values() if entries is mapping else []) -%}
            {%- set files = [entry] -%}
            {%- if entry is mapping -%}
                {%- do files.extend(entry.values()) -%}
            {%- endif -%}
            {%- for file in files if file is mapping and file.get('model') is string -%}
                {%- do names.append(file['model']) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names | unique | list) }}
{%- endmacro %}
