{#
    A date from text in one given format; null where the text is not a date in this
    format. Years outside 1900 to 2199 also give null: they are typing errors, or
    two-digit years read as four-digit ones.

    parse_date('"Date"', '%d/%m/%Y')   -- '31/01/2022' -> 2022-01-31, '31/02/2022' -> null
#}
{% macro parse_date(column, format) -%}
    {{ return(adapter.dispatch('parse_date', 'retail_marts')(column, format)) }}
{%- endmacro %}

{% macro duckdb__parse_date(column, format) -%}
    {%- set parsed -%}
        cast(try_strptime({{ column }}, {{ sql_literal(format) }}) as date)
    {%- endset -%}
    {{ plausible_date(parsed) }}
{%- endmacro %}
