{#
    A (condition, reason) pair for first_of: a mapped column is not a date of one of the
    entry's formats.

    is_no_mapped_date(entry, 'order_date', 'parsed_date')
        -- "order_date '31/01/2024' is not a date of the form %Y-%m-%d;
        -- set date_format: "%d/%m/%Y""
#}
{% macro is_no_mapped_date(entry, column, parsed) -%}
    {%- set text = mapped_text(entry, column) -%}
    {{ return(is_no(
        column,
        parsed,
        'date of the form ' ~ entry.date_formats | join(' or '),
        text,
        date_setting(entry, 'found')
    )) }}
{%- endmacro %}
