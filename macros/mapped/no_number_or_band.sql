{#
    A (condition, reason) pair for first_of: the value of a column of customers is neither
    a number nor a band.

    no_number_or_band(entry, 'age', 'parsed_age')
        -- "age '4x' is not a whole number or a band such as 25-34"
#}
{% macro no_number_or_band(entry, column, parsed) -%}
    {%- if column == 'age' -%}
        {%- set condition, reason = is_no(
            column, parsed, 'whole number or a band such as 25-34'
        ) -%}
    {%- else -%}
        {%- set condition, reason = is_no_number(
            column, parsed, form=' or a band such as 50-74K'
        ) -%}
    {%- endif -%}
    {{ return((
        mapped_text(entry, column) ~ ' is not null and ' ~ mapped_band(entry, column)
            ~ ' is null and (' ~ condition ~ ')',
        reason
    )) }}
{%- endmacro %}
