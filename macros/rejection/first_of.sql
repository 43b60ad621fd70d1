{#
    The text of the first condition that holds, null where none does. Conditions are
    (SQL condition, SQL text) pairs; the text is only computed where it is needed.

    first_of([("quantity is null", "'Qty is empty'")])
#}
{% macro first_of(conditions) -%}
    case
        {%- for condition, text in conditions %}
        when {{ condition }} then {{ text }}
        {%- endfor %}
    end
{%- endmacro %}
