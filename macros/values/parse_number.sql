{#
    A number from text with given decimal and thousands marks; null where the text is
    not a number of this form, is not finite, or does not fit the type.

    parse_number('"Income"', decimal_mark=',')                      -- '5,12' -> 5.1200
    parse_number('"Total"', decimal_mark=',', thousands_mark='.')   -- '1.234,50' -> 1234.5
#}
{% macro parse_number(
    column, decimal_mark='.', thousands_mark='', data_type='decimal(18, 4)',
    digit_grouping='thousands'
) -%}
    case
        when {{ full_match(column, plain_number_pattern(
            decimal_mark, thousands_mark, digit_grouping, data_type
        )) }}
            then {{ finite_number(
                plain_number(column, decimal_mark, thousands_mark), data_type
            ) }}
    end
{%- endmacro %}
