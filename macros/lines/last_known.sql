{# Window function: the last value in the frame of a window that is not null. #}
{% macro last_known(expression, window) -%}
    {{ return(adapter.dispatch('last_known', 'retail_marts')(expression, window)) }}
{%- endmacro %}

{% macro duckdb__last_known(expression, window) -%}
    last_value({{ expression }} ignore nulls) over {{ window }}
{%- endmacro %}

{% macro spark__last_known(expression, window) -%}
    last_value({{ expression }}) ignore nulls over {{ window }}
{%- endmacro %}
