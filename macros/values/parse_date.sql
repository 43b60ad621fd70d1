{#
    A date from text in one given format; null where the text is not a date in this
    format, or its year is outside 1900 to 2199. A text with an offset from UTC (%z) or a
    zone's name (%Z) keeps the day that is written. As a timestamp, it keeps the time that
    is written, too.

    parse_date('"Date"', '%d/%m/%Y')   -- '31/01/2022' -> 2022-01-31, '31/02/2022' -> null
#}
{% macro parse_date(column, format, data_type='date') -%}
    {%- set date = date_pattern(format) -%}
    case
        when {{ full_match(column, date.pattern) }}
            then {{ parsed_date(date_rest(column, date), date.format, data_type) }}
    end
{%- endmacro %}
