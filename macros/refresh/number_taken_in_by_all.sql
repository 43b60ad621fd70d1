{# SQL of the last refresh number whose changes all downstream models have taken in. #}
{% macro number_taken_in_by_all() -%}
{%- set refreshes = raw_table('refreshes') -%}
(
    select min(refresh_number) from {{ refreshes }} where refresh_number >= (
        select first_refresh_number from {{ refreshes }} where model = 'fct_sales_lines'
    )
)
{%- endmacro %}
