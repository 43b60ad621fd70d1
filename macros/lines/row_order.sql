{#
    A single number that orders the rows of a file by date and then by row number. Its
    maximum is many times cheaper to calculate than that of a pair.
#}
{% macro row_order(date_column, row_number_column) -%}
    {{ return(adapter.dispatch('row_order', 'retail_marts')(
        date_column, row_number_column
    )) }}
{%- endmacro %}

{# 2 ** 40 is larger than the number of rows of any file. #}
{% macro duckdb__row_order(date_column, row_number_column) -%}
    ({{ date_column }} - date '1900-01-01') * 1099511627776 + {{ row_number_column }}
{%- endmacro %}

{% macro spark__row_order(date_column, row_number_column) -%}
    datediff({{ date_column }}, date '1900-01-01') * 1099511627776
    + {{ row_number_column }}
{%- endmacro %}
