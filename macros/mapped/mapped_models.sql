{#
    Models of the user's own project that mapped sources name, as (package, model) pairs;
    without a package, the first part is none.
#}
{% macro mapped_models() -%}
    {%- set names = [] -%}
    {%- for setting in ['mapped_sources', 'mapped_populations'] -%}
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
