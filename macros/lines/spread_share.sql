{#
    The part of an amount that one of several lines gets, in proportion to the weights of
    the lines. It is the difference of two running parts, cut to four decimals, so that
    the lines add up to the amount and none gets more than its weight allows.

    Whole numbers throughout: doubles lose the fourth decimal of large amounts. Beyond
    15 digits the last ones of the weights do not count, so that no product overflows.

    weight      A whole number, not negative; null for a line that gets nothing.
    running     The sum of the weights up to this line.
    total       The sum of the weights of all lines.
#}
{% macro spread_share(amount, weight, running, total) -%}
    {{ return(adapter.dispatch('spread_share', 'retail_marts')(
        amount, weight, running, total
    )) }}
{%- endmacro %}

{% macro duckdb__spread_share(amount, weight, running, total) -%}
    {%- set units = line_weight(amount) -%}
    {%- set scale = 'greatest(1, ' ~ total ~ ' // 1000000000000000)' -%}
    {%- set whole = '(' ~ total ~ ' // ' ~ scale ~ ')' -%}
    cast(
        sign({{ amount }}) * cast(
            {{ units }} * ({{ running }} // {{ scale }}) // {{ whole }}
            - {{ units }} * (({{ running }} - {{ weight }}) // {{ scale }}) // {{ whole }}
            as decimal(18, 0)
        ) * 0.0001 as decimal(18, 4)
    )
{%- endmacro %}

{# Spark's sign() is a double, which loses digits. #}
{% macro spark__spread_share(amount, weight, running, total) -%}
    {%- set units = line_weight(amount) -%}
    {%- set some = 'nullif(' ~ total ~ ', 0)' -%}
    cast(
        case when {{ amount }} < 0 then -1 else 1 end * cast(
            {{ units }} * {{ running }} div {{ some }}
            - {{ units }} * ({{ running }} - {{ weight }}) div {{ some }}
            as decimal(18, 0)
        ) * 0.0001 as decimal(18, 4)
    )
{%- endmacro %}
