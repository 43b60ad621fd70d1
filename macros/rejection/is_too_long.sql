{# Condition: the clean text of a column has more characters than that. #}
{% macro is_too_long(column, characters) -%}
    {%- set text = 'cast(' ~ column ~ ' as string)' -%}
    {#- Few raw texts are that long, so few are cleaned. -#}
    {{ return(
        is_longer(text, characters) ~ ' and '
        ~ with_text(trimmed_text(text), is_longer('found', characters))
    ) }}
{%- endmacro %}
