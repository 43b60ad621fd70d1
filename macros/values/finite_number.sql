{# A value as a number; null where it does not fit or is not finite. #}
{% macro finite_number(value, data_type) -%}
    {{ return(adapter.dispatch('finite_number', 'retail_marts')(value, data_type)) }}
{%- endmacro %}

{% macro duckdb__finite_number(value, data_type) -%}
    {%- set number = 'try_cast(' ~ value ~ ' as ' ~ data_type ~ ')' -%}
    {#- A double may overflow to infinity, where a decimal is null. -#}
    {%- if data_type == 'double' -%}
        case when isfinite({{ number }}) then {{ number }} end
    {%- else -%}
        {{ number }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__finite_number(value, data_type) -%}
    {%- set number = 'try_cast(' ~ value ~ ' as ' ~ data_type ~ ')' -%}
    {%- if data_type == 'double' -%}
        case when abs({{ number }}) < cast('Infinity' as double) then {{ number }} end
    {%- elif data_type == 'integer' -%}
        {#- A text such as 5.0 is no integer of Spark. -#}
        try_cast(try_cast({{ value }} as decimal(38, 9)) as integer)
    {%- else -%}
        {{ number }}
    {%- endif -%}
{%- endmacro %}
