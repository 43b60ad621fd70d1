{#
    The number of a month by its name, as text; null for another word. Case, accents and a
    point behind a short form do not matter.
#}
{% macro month_number(name, month_numbers) -%}
    {{ return(adapter.dispatch('month_number', 'retail_marts')(name, month_numbers)) }}
{%- endmacro %}

{% macro duckdb__month_number(name, month_numbers) -%}
    {%- set pairs = [] -%}
    {%- for form, number in month_numbers.items() -%}
        {%- do pairs.append(sql_literal(form) ~ ": '" ~ number ~ "'") -%}
    {%- endfor -%}
    map {{ '{' ~ pairs | join(', ') ~ '}' }}[
        translate(strip_accents(lower(rtrim({{ name }}, '.'))), 'ıς', 'iσ')
    ]
{%- endmacro %}

{# Without a function for it, the letters with accents that names of months have. #}
{% macro spark__month_number(name, month_numbers) -%}
    {%- set pairs = [] -%}
    {%- for form, number in month_numbers.items() -%}
        {%- do pairs.append(sql_literal(form) ~ ", '" ~ number ~ "'") -%}
    {%- endfor -%}
    {%- set accented = 'áàâäãåāăąéèêëēěęíìîïīóòôöõőúùûüūůűýÿçćčñńňřśšşșžźżďťţțğľłάέήίόύώϊϋйіїёўıς' -%}
    {%- set plain = 'aaaaaaaaaeeeeeeeiiiiioooooouuuuuuuyycccnnnrsssszzzdtttglłαεηιουωιυиііеуiσ' -%}
    map({{ pairs | join(', ') }})[
        translate(
            regexp_replace(lower(rtrim('.', {{ name }})), '\p{M}', ''),
            {{ sql_literal(accented) }}, {{ sql_literal(plain) }}
        )
    ]
{%- endmacro %}
