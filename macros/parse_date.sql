{#
    A date from text in one stated format; null where the text is no such date.
    Years outside 1900..2199 are slips of the keyboard (or two-digit years read as
    four), so they are no dates either.

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
