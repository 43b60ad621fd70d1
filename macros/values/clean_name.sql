{# Clean text of a name, cut to the number of characters that a name may have. #}
{% macro clean_name(column, null_words=[]) -%}
    {%- set name = clean_text(column, null_words) -%}
    {%- set characters = longest_texts().name -%}
    {#- The raw text is at least as long, and is there already. -#}
    case
        when {{ is_longer(column, characters) }}
            then trim(left({{ name }}, {{ characters }}))
        else {{ name }}
    end
{%- endmacro %}
