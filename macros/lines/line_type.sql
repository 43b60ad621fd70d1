{#
    Sale, return or adjustment. What the source calls a return is one; other lines
    that take quantity or money away are adjustments; all else is a sale.
#}
{% macro line_type(is_return, quantity, sales_amount) -%}
    case
        when {{ is_return }} then 'return'
        when {{ quantity }} < 0 or {{ sales_amount }} < 0 then 'adjustment'
        else 'sale'
    end
{%- endmacro %}
