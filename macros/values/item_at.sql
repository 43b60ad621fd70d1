{#
    The item of a list at a position, from 1 on.

    item_at('item_ids', 'item_count')   -- the last one
#}
{% macro item_at(list, position) -%}
    {{ return(adapter.dispatch('item_at', 'retail_marts')(list, position)) }}
{%- endmacro %}

{% macro duckdb__item_at(list, position) -%}
    {{ list }}[{{ position }}]
{%- endmacro %}

{% macro spark__item_at(list, position) -%}
    element_at({{ list }}, {{ position }})
{%- endmacro %}
