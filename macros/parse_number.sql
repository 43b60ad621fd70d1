{#
    A number from text with stated marks; null where the text is no plain number, is
    not finite, or does not fit the type.

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
        {%- set group = '\\' ~ thousands_mark -%}
        {%- set digits = '([0-9]{1,3}(' ~ group ~ '[0-9]{3})+|[0-9]+)' -%}
        {%- set plain = 'replace(' ~ column ~ ', ' ~ sql_literal(thousands_mark) ~ ", '')" -%}
    {%- else -%}
        {%- set digits = '[0-9]+' -%}
        {%- set plain = column -%}
    {%- endif -%}
    {%- set pattern = '\\s*[+-]?(' ~ digits ~ fraction ~ '|' ~ mark ~ '[0-9]+)\\s*' -%}
    case
        when {{ full_match(column, pattern) }}
            then try_cast(
                {% if decimal_mark == '.' -%}
                    {{ plain }}
                {%- else -%}
                    replace({{ plain }}, {{ sql_literal(decimal_mark) }}, '.')
                {%- endif %} as {{ data_type }}
            )
    end
{%- endmacro %}
