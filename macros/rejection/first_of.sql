{#
    Text of the first condition that is true, or null where none is. Conditions are (SQL
    condition, SQL text) pairs. A text is only evaluated if it is used.

    first_of([("quantity is null", "'Qty is empty'")])
#}
{% macro first_of(conditions) -%}
    case
        {%- for condition, text in conditions %}
        when {{ condition }} then {{ text }}
        {%- endfor %}
    end
{%- endmacro %}
