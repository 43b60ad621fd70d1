{#
    Aggregate: the mean of a number, as a double.

    mean('monetary_amount')
#}
{% macro mean(column) -%}
    {{ return(adapter.dispatch('mean', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__mean(column) -%}
    avg({{ column }})
{%- endmacro %}

{# Spark's mean of decimals is a decimal with four decimals more. #}
{% macro spark__mean(column) -%}
    cast(sum({{ column }}) as double) / nullif(count({{ column }}), 0)
{%- endmacro %}
