{#
    Aggregate: the value of a column in the latest row of the group that has one.

    latest_of('city', ['order_date', 'source_row_number'])
#}
{% macro latest_of(column, order_columns) -%}
    {{ return(adapter.dispatch('latest_of', 'retail_marts')(column, order_columns)) }}
{%- endmacro %}

{% macro duckdb__latest_of(column, order_columns) -%}
    max_by({{ column }}, ({{ order_columns | join(', ') }}))
{%- endmacro %}

{% macro spark__latest_of(column, order_columns) -%}
    max_by({{ column }}, struct({{ order_columns | join(', ') }}))
    filter (where {{ column }} is not null)
{%- endmacro %}
