{#
    The members of a regular expression's class: white space of every kind, and
    characters without a width, such as a byte order mark.
#}
{% macro blank_class() -%}
    {{ return(
        '\\s\\v\\p{Z}\\x{85}\\x{180E}\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}'
        '\\x{2060}-\\x{2069}\\x{FEFF}'
    ) }}
{%- endmacro %}
