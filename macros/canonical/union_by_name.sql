{#
    The rows of several selects, columns matched by name; what one of them lacks is null.
    An engine whose SQL cannot do so asks adapter.get_columns_in_relation for each feed.
#}
{% macro union_by_name(selects) -%}
    {{ return(adapter.dispatch('union_by_name', 'retail_marts')(selects)) }}
{%- endmacro %}

{% macro duckdb__union_by_name(selects) -%}
    {{ selects | join('\nunion all by name\n') }}
{%- endmacro %}
