{#
    The part of a headline that compares a value with another one.

    headline_change('value', 'previous_value', 'previous_label')
        -- 9.3 % less than in November 2024
#}
{% macro headline_change(value, other, label) -%}
case
    when {{ other }} is null then 'not comparable with ' || {{ label }}
    when {{ value }} = {{ other }} then 'the same as in ' || {{ label }}
    when {{ other }} <= 0
        then 'compared with ' || {{ shown_number(other, 0) }} || ' in ' || {{ label }}
    else
        {{ shown_number('abs(' ~ value ~ ' / ' ~ other ~ ' - 1) * 100', 1) }}
        || case when {{ value }} > {{ other }} then ' % more' else ' % less' end
        || ' than in ' || {{ label }}
end
{%- endmacro %}
