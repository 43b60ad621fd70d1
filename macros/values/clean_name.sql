{# Clean text of a name, cut to the number of characters that a name may have. #}
{% macro clean_name(column) -%}
    {%- set name = clean_text(column) -%}
    {%- set characters = longest_texts().name -%}
    case
        when {{ is_longer(name, characters) }}
            then trim(left({{ name }}, {{ characters }}))
        else {{ name }}
    end
{%- endmacro %}
