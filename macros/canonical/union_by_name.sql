{#
    The rows of several selects, with columns matched by name; a missing column is null.
    For an engine without this SQL, use adapter.get_columns_in_relation for each feed.
#}
{% macro union_by_name(selects) -%}
    {{ return(adapter.dispatch('union_by_name', 'retail_marts')(selects)) }}
{%- endmacro %}

{% macro duckdb__union_by_name(selects) -%}
    {{ selects | join('\nunion all by name\n') }}
{%- endmacro %}
