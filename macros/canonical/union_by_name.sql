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

{# Spark tells the columns of each select; the first one has all of them. #}
{% macro spark__union_by_name(selects) -%}
{%- set columns = get_columns_in_query(selects[0]) if execute else [] -%}
{%- for select in selects -%}
    {%- set own = get_columns_in_query(select) if execute else [] %}
select
    {% for column in columns -%}
    {{ column if column in own else 'null as ' ~ column }}{{ ',' if not loop.last }}
    {% else -%}
    *
    {% endfor -%}
from (
    {{ select }}
) as selected
{{ 'union all' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
