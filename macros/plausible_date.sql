{#
    A date whose year a sale may have; null for others, such as the 0001-01-01 or
    9999-12-31 that some tills write for "no date", and for infinite dates.
#}
{% macro plausible_date(date) -%}
    case when year({{ date }}) between 1900 and 2199 then {{ date }} end
{%- endmacro %}
