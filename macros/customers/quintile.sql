{#
    Quintile of a value, 1 to 5: 1 plus the number of bounds below the value, which is 1
    plus the number of full fifths of the rows with a smaller value. Equal values are in
    the same quintile, the lowest that any of them reaches.

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

{# Arrays of Spark start at 0. #}
{% macro spark__quintile(column, bounds) -%}
    (
        1
        {%- for number in range(4) %}
        + case when {{ column }} > {{ bounds }}[{{ number }}] then 1 else 0 end
        {%- endfor %}
    )
{%- endmacro %}
