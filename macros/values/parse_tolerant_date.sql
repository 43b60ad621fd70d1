{#
    A date from text as `parse_date` reads it, and also with names of months or weekdays in
    some language, with invisible characters at the ends, or written as a double. Null
    where the text is not a date in this format.

    parse_tolerant_date('"Date"', '%d %B %Y', {'agustus': 8, 'agu': 8})
        -- '1 AGUSTUS 2024', '1 Agu. 2024' -> 2024-08-01
#}
{% macro parse_tolerant_date(column, format, month_numbers, data_type='date') -%}
    {#- Most texts match the plain pattern, which is faster. What it matches needs no other,
        unless it has names, which may be those of another language. -#}
    {%- set plain = date_pattern(format) -%}
    {%- set date = date_pattern(format, is_tolerant=true) -%}
    {%- set rest = date_rest(column, date) -%}
    case
        {%- if not modules.re.search('%-?[aAbB]', format) %}
        when {{ full_match(column, plain.pattern) }}
            then {{ parsed_date(date_rest(column, plain), plain.format, data_type) }}
        {%- endif %}
        when {{ full_match(column, date.pattern) }}
            {%- if date.month %}
            then {{ parsed_date(
                month_number(
                    'regexp_extract(' ~ column ~ ', ' ~ sql_literal(date.pattern) ~ ', '
                        ~ date.month ~ ')',
                    month_numbers
                ) ~ " || '|' || " ~ rest,
                '%m|' ~ date.format, data_type
            ) }}
            {%- else %}
            then {{ parsed_date(rest, date.format, data_type) }}
            {%- endif %}
    end
{%- endmacro %}
