{#
    Text that says what is wrong with a value, with the value where shown_value shows it.

    reason_of('Qty', 'trim("Qty")', 'is not a number', mark="'")
        -- "Qty '1,5,0' is not a number" or "Qty is not a number"
#}
{% macro reason_of(label, text, problem, mark='') -%}
    {{ return(
        sql_literal(label) ~ " || coalesce(" ~ sql_literal(' ' ~ mark) ~ ' || '
        ~ shown_value(text) ~ ' || ' ~ sql_literal(mark) ~ ", '') || "
        ~ sql_literal(' ' ~ problem)
    ) }}
{%- endmacro %}
