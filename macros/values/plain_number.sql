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
