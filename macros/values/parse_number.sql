{#
    A number from text with given decimal and thousands marks; null where the text is
    not a number of this form, is not finite, or does not fit the type.

    parse_number('"Income"', decimal_mark=',')                      -- '5,12' -> 5.1200
    parse_number('"Total"', decimal_mark=',', thousands_mark='.')   -- '1.234,50' -> 1234.5
#}
{% macro parse_number(
    column, decimal_mark='.', thousands_mark='', data_type='decimal(18, 4)'
) -%}
    {{ return(adapter.dispatch('parse_number', 'retail_marts')(
        column, decimal_mark, thousands_mark, data_type
    )) }}
{%- endmacro %}

{% macro duckdb__parse_number(column, decimal_mark, thousands_mark, data_type) -%}
    {%- set mark = '\\' ~ decimal_mark -%}
    {%- if data_type == 'integer' -%}
        {%- set fraction = '(' ~ mark ~ '0*)?' -%}
    {%- else -%}
        {%- set fraction = '(' ~ mark ~ '[0-9]*)?([eE][+-]?[0-9]+)?' -%}
    {%- endif -%}
    {%- if thousands_mark -%}
        {#- A character class, because a no-break space must not be escaped. -#}
        {%- set escape = '\\' if thousands_mark in '\\^[]' else '' -%}
        {%- set group = '[' ~ escape ~ thousands_mark ~ ']' -%}
        {%- set digits = '([0-9]{1,3}(' ~ group ~ '[0-9]{3})+|[0-9]+)' -%}
        {%- set plain = 'replace(' ~ column ~ ', ' ~ sql_literal(thousands_mark) ~ ", '')" -%}
    {%- else -%}
        {%- set digits = '[0-9]+' -%}
        {%- set plain = column -%}
    {%- endif -%}
    {%- if decimal_mark != '.' -%}
        {%- set plain = 'replace(' ~ plain ~ ', ' ~ sql_literal(decimal_mark) ~ ", '.')" -%}
    {%- endif -%}
    {%- set pattern = '\\s*[+-]?(' ~ digits ~ fraction ~ '|' ~ mark ~ '[0-9]+)\\s*' -%}
    {%- set number = 'try_cast(' ~ plain ~ ' as ' ~ data_type ~ ')' -%}
    case
        when {{ full_match(column, pattern) }}
            {#- A double may overflow to infinity, where a decimal is null. #}
            {{ 'and isfinite(' ~ number ~ ')' if data_type == 'double' else '' }}
            then {{ number }}
    end
{%- endmacro %}
