{#
    The class of a regular expression for a thousands mark. A space stands for every kind
    of space, and an apostrophe for the typographic one too.
#}
{% macro thousands_class(thousands_mark) -%}
    {%- if thousands_mark.isspace() -%}
        {{ return('[\\p{Zs}\\t]') }}
    {%- elif thousands_mark in "'\u2019" -%}
        {{ return('[\\x27\\x{2019}]') }}
    {%- endif -%}
    {#- A character class, because most other characters must not be escaped. -#}
    {{ return('[' ~ ('\\' if thousands_mark in '\\^[]' else '') ~ thousands_mark ~ ']') }}
{%- endmacro %}
