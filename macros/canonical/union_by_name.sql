{#
    The rows of several selects, with columns matched by name; a missing column is null.

    union_by_name(['select * from a', 'select * from b'], {'store_id': 'string'})

    columns     The columns of the result with their types. DuckDB takes those that a
                select has beside them, too.
#}
{% macro union_by_name(selects, columns) -%}
    {{ return(adapter.dispatch('union_by_name', 'retail_marts')(selects, columns)) }}
{%- endmacro %}

{% macro duckdb__union_by_name(selects, columns) -%}
    {{ ([no_rows(columns)] + selects) | join('\nunion all by name\n') }}
{%- endmacro %}

{#
    A name that is no column of the inner select is one of the outer row of nulls. So
    nobody has to know the columns of a select, which dbt does not in a unit test.
#}
{% macro spark__union_by_name(selects, columns) -%}
{%- for select in selects %}
select matched.*
from (
    select
        {% for column, data_type in columns.items() -%}
        cast(null as {{ data_type }}) as {{ column }}
        {{- ',' if not loop.last }}
        {% endfor %}
) as missing
cross join lateral (
    select {{ columns | join(', ') }} from (
        {{ select }}
    ) as selected
) as matched
{{ 'union all' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
