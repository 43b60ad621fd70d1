{# An amount without its sign as a whole number of units of the fourth decimal. #}
{% macro line_weight(amount) -%}
    {{ return(adapter.dispatch('line_weight', 'retail_marts')(amount)) }}
{%- endmacro %}

{% macro duckdb__line_weight(amount) -%}
    cast(cast(abs({{ amount }}) as decimal(28, 4)) * 10000 as hugeint)
{%- endmacro %}

{% macro spark__line_weight(amount) -%}
    cast(cast(abs({{ amount }}) as decimal(28, 4)) * 10000 as decimal(38, 0))
{%- endmacro %}
