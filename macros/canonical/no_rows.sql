{# A select with these columns (name: type) that returns no rows. #}
{% macro no_rows(columns) -%}
select
    {% for column, data_type in columns.items() -%}
    cast(null as {{ data_type }}) as {{ column }}
    {{- ',' if not loop.last }}
    {% endfor -%}
where false
{%- endmacro %}
