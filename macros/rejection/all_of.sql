{#
    Texts of all conditions that are true, joined by "; ", or null where none is.
    Conditions are pairs as in first_of.
#}
{% macro all_of(conditions) -%}
    {%- if conditions -%}
    nullif(concat_ws('; '
        {%- for condition, text in conditions %},
        case when {{ condition }} then {{ text }} end
        {%- endfor %}
    ), '')
    {%- else -%}
    cast(null as string)
    {%- endif -%}
{%- endmacro %}
