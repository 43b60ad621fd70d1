{#
    `return` for lines that the source marks as returns, `adjustment` for other lines
    with a negative quantity or amount, `sale` for all others.
#}
{% macro line_type(is_return, quantity, sales_amount) -%}
    case
        when {{ is_return }} then 'return'
        when {{ quantity }} < 0 or {{ sales_amount }} < 0 then 'adjustment'
        else 'sale'
    end
{%- endmacro %}
