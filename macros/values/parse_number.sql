{#
    A number from text with given decimal and thousands marks; null where the text is
    not a number of this form, is not finite, or does not fit the type.

    parse_number('"Income"', decimal_mark=',')                      -- '5,12' -> 5.1200
    parse_number('"Total"', decimal_mark=',', thousands_mark='.')   -- '1.234,50' -> 1234.5
#}
{% macro parse_number(
    column, decimal_mark='.', thousands_mark='', data_type='decimal(18, 4)',
    digit_grouping='thousands'
) -%}
    {{ return(adapter.dispatch('parse_number', 'retail_marts')(
        column, decimal_mark, thousands_mark, data_type, digit_grouping
    )) }}
{%- endmacro %}

{% macro duckdb__parse_number(
    column, decimal_mark, thousands_mark, data_type, digit_grouping
) -%}
    case
        when {{ full_match(column, plain_number_pattern(
            decimal_mark, thousands_mark, digit_grouping, data_type
        )) }}
            then {{ finite_number(
                plain_number(column, decimal_mark, thousands_mark), data_type
            ) }}
    end
{%- endmacro %}

{# The regular expression of a number with a sign before it or none. #}
{% macro plain_number_pattern(decimal_mark, thousands_mark, digit_grouping, data_type) -%}
    {{ return('\\s*[+-]?' ~ number_pattern(
        decimal_mark, thousands_mark, digit_grouping, data_type == 'integer'
    ) ~ '\\s*') }}
{%- endmacro %}

{# A number's text with a point before decimals and no marks between groups. #}
{% macro plain_number(text, decimal_mark, thousands_mark) -%}
    {%- set plain = text -%}
    {%- if thousands_mark and (thousands_mark.isspace() or thousands_mark in "'\u2019") -%}
        {%- set plain = 'regexp_replace(' ~ plain ~ ', '
            ~ sql_literal(thousands_class(thousands_mark)) ~ ", '', 'g')" -%}
    {%- elif thousands_mark -%}
        {%- set plain = 'replace(' ~ plain ~ ', ' ~ sql_literal(thousands_mark) ~ ", '')" -%}
    {%- endif -%}
    {%- if decimal_mark != '.' -%}
        {%- set plain = 'replace(' ~ plain ~ ', ' ~ sql_literal(decimal_mark) ~ ", '.')" -%}
    {%- endif -%}
    {{ return(plain) }}
{%- endmacro %}

{# A value as a number; null where it does not fit or is not finite. #}
{% macro finite_number(value, data_type) -%}
    {%- set number = 'try_cast(' ~ value ~ ' as ' ~ data_type ~ ')' -%}
    {#- A double may overflow to infinity, where a decimal is null. -#}
    {%- if data_type == 'double' -%}
        case when isfinite({{ number }}) then {{ number }} end
    {%- else -%}
        {{ number }}
    {%- endif -%}
{%- endmacro %}
