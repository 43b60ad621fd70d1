{#
    The number of a month by its name, as text; null for another word. Case, accents and a
    point behind a short form do not matter.
#}
{% macro month_number(name, month_numbers) -%}
    {%- set pairs = [] -%}
    {%- for form, number in month_numbers.items() -%}
        {%- do pairs.append(sql_literal(form) ~ ": '" ~ number ~ "'") -%}
    {%- endfor -%}
    map {{ '{' ~ pairs | join(', ') ~ '}' }}[
        translate(strip_accents(lower(rtrim({{ name }}, '.'))), 'ıς', 'iσ')
    ]
{%- endmacro %}
