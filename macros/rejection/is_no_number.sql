{#
    A (condition, reason) pair for first_of: the column's value is not a number, or is
    beyond what a row may have (see largest_numbers).

    is_no_number('"Qty"', 'parsed_quantity', 'quantity')
        -- "Qty '4006381333931' is not a number up to 10,000,000"
#}
{% macro is_no_number(
    column, parsed, measure='amount', form='', text='', hint=''
) -%}
    {%- set largest = largest_numbers()[measure] -%}
    {{ return(is_no(
        column,
        '(case when abs(' ~ parsed ~ ') <= ' ~ largest ~ ' then 0 end)',
        'number up to ' ~ '{:,}'.format(largest) ~ form,
        text,
        hint
    )) }}
{%- endmacro %}
