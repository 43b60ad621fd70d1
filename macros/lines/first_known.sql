{# Window function: the first value in the frame of a window that is not null. #}
{% macro first_known(expression, window) -%}
    {{ return(adapter.dispatch('first_known', 'retail_marts')(expression, window)) }}
{%- endmacro %}

{% macro duckdb__first_known(expression, window) -%}
    first_value({{ expression }} ignore nulls) over {{ window }}
{%- endmacro %}

{% macro spark__first_known(expression, window) -%}
    first_value({{ expression }}) ignore nulls over {{ window }}
{%- endmacro %}
