{# A value as a number; null where it does not fit or is not finite. #}
{% macro finite_number(value, data_type) -%}
    {%- set number = 'try_cast(' ~ value ~ ' as ' ~ data_type ~ ')' -%}
    {#- A double may overflow to infinity, where a decimal is null. -#}
    {%- if data_type == 'double' -%}
        case when isfinite({{ number }}) then {{ number }} end
    {%- else -%}
        {{ number }}
    {%- endif -%}
{%- endmacro %}
