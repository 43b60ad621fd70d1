{#
    A date with a plausible year, else null: some tills write 0001-01-01 or 9999-12-31
    for "no date". Infinite dates give null, too.
#}
{% macro plausible_date(date) -%}
    case when year({{ date }}) between 1900 and 2199 then {{ date }} end
{%- endmacro %}
