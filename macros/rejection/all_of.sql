{#
    The texts of all conditions that hold, joined by "; ", null where none does.
    Conditions are pairs as in first_of.
#}
{% macro all_of(conditions) -%}
    nullif(concat_ws('; '
        {%- for condition, text in conditions %},
        case when {{ condition }} then {{ text }} end
        {%- endfor %}
    ), '')
{%- endmacro %}
