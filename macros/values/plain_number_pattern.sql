{# The regular expression of a number with a sign before it or none. #}
{% macro plain_number_pattern(decimal_mark, thousands_mark, digit_grouping, data_type) -%}
    {{ return('\\s*[+-]?' ~ number_pattern(
        decimal_mark, thousands_mark, digit_grouping, data_type == 'integer'
    ) ~ '\\s*') }}
{%- endmacro %}
