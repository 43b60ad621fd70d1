{# A mapped column as a date: text is read in the entry's format, dates are cast. #}
{% macro mapped_date(entry, column) -%}
    {%- if entry.types[column] | lower == 'varchar' -%}
        {{ parse_date(column, entry.date_format) }}
    {%- else -%}
        {{ plausible_date('try_cast(' ~ column ~ ' as date)') }}
    {%- endif -%}
{%- endmacro %}
