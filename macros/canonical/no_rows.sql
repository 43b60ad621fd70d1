{# A select of these columns (name: type) that gives no row. #}
{% macro no_rows(columns) -%}
select
    {% for column, data_type in columns.items() -%}
    cast(null as {{ data_type }}) as {{ column }}
    {{- ',' if not loop.last }}
    {% endfor -%}
where false
{%- endmacro %}
