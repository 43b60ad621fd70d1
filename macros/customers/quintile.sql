{#
    The fifth that a value belongs to, 1 to 5: one more than the number of bounds that
    lie below it, and so 1 + the whole fifths of the rows that hold a smaller value. Equal
    values are in the same fifth, the lowest that any of them reaches.

    quintile('order_count', 'order_count_bounds')   -- bounds from `quintile_bounds`
#}
{% macro quintile(column, bounds) -%}
    {{ return(adapter.dispatch('quintile', 'retail_marts')(column, bounds)) }}
{%- endmacro %}

{% macro duckdb__quintile(column, bounds) -%}
    (
        1
        {%- for number in range(1, 5) %}
        + case when {{ column }} > {{ bounds }}[{{ number }}] then 1 else 0 end
        {%- endfor %}
    )
{%- endmacro %}
