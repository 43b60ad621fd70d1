{#
    Aggregate: the four bounds between the quintiles of a column, for `quintile`. Bound
    k is the smallest value that at least k fifths of the rows do not exceed.
#}
{% macro quintile_bounds(column) -%}
    {{ return(adapter.dispatch('quintile_bounds', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__quintile_bounds(column) -%}
    quantile_disc({{ column }}, [0.2, 0.4, 0.6, 0.8])
{%- endmacro %}

{% macro spark__quintile_bounds(column) -%}
    array(
        {%- for share in [0.2, 0.4, 0.6, 0.8] %}
        percentile_disc({{ share }}) within group (order by {{ column }})
        {{- ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
