{# Stops with one clear message when a setting does not give a business a list each. #}
{% macro check_lists_by_business(setting, given) -%}
    {%- if given is not mapping -%}
        {{ exceptions.raise_compiler_error(
            setting ~ ' is ' ~ given | tojson
            ~ '.\n  Remedy: write a list for each business, such as {shop: [first]}, '
            ~ 'or {} under vars in dbt_project.yml.'
        ) }}
    {%- endif -%}
    {%- for business_id in given -%}
        {%- do check_list(setting ~ '.' ~ business_id, given[business_id]) -%}
    {%- endfor -%}
{%- endmacro %}
