{# A number's digits, with the zero that it lost where the format begins with two digits. #}
{% macro filled_digits(text, format) -%}
    {%- set widths = {'Y': 4, 'j': 3} -%}
    {%- set codes = modules.re.findall('%-?([YymdHIMSj])', format) -%}
    {%- if not codes or modules.re.sub('%[YymdHIMSj]', '', format) -%}
        {{ return(text) }}
    {%- endif -%}
    {%- set width = namespace(digits=0) -%}
    {%- for code in codes -%}
        {%- set width.digits = width.digits + widths.get(code, 2) -%}
    {%- endfor -%}
    {{ return(
        'case when length(' ~ text ~ ') = ' ~ (width.digits - 1) ~ " then '0' || " ~ text
        ~ ' else ' ~ text ~ ' end'
    ) }}
{%- endmacro %}
