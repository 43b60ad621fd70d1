{#
    A number as people read it: rounded, with commas between thousands.

    shown_number('12345.678', 0)   -- 12,346
#}
{% macro shown_number(column, decimals) -%}
    {{ return(adapter.dispatch('shown_number', 'retail_marts')(column, decimals)) }}
{%- endmacro %}

{% macro duckdb__shown_number(column, decimals) -%}
    format('{{ '{:,.' ~ decimals ~ 'f}' }}', cast({{ column }} as double))
{%- endmacro %}

{% macro spark__shown_number(column, decimals) -%}
    format_number(cast({{ column }} as double), {{ decimals }})
{%- endmacro %}
