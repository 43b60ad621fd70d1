{#
    The regular expression of the digits of a number that has no sign: groups of digits
    and decimals, or an exponent.

    number_pattern('.', ',')            -- '1,234.50'
    number_pattern('.', ',', 'indian')  -- '12,34,567.50'
#}
{% macro number_pattern(
    decimal_mark, thousands_mark, digit_grouping='thousands', is_whole=false
) -%}
    {%- set mark = '\\' ~ decimal_mark -%}
    {%- if is_whole -%}
        {%- set fraction = '(?:' ~ mark ~ '0*)?' -%}
    {%- else -%}
        {%- set fraction = '(?:' ~ mark ~ '[0-9]*)?(?:[eE][+-]?[0-9]+)?' -%}
    {%- endif -%}
    {%- set digits = '[0-9]+' -%}
    {%- if thousands_mark -%}
        {%- set group = thousands_class(thousands_mark) -%}
        {%- if digit_grouping == 'indian' -%}
            {%- set grouped = '[0-9]{1,2}(?:' ~ group ~ '[0-9]{2})*' ~ group ~ '[0-9]{3}' -%}
        {%- else -%}
            {%- set grouped = '[0-9]{1,3}(?:' ~ group ~ '[0-9]{3})+' -%}
        {%- endif -%}
        {%- set digits = '(?:' ~ grouped ~ '|[0-9]+)' -%}
    {%- endif -%}
    {{ return('(?:' ~ digits ~ fraction ~ '|' ~ mark ~ '[0-9]+)') }}
{%- endmacro %}

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
