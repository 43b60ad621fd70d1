{# A mapped column as a date: read in the entry's format from text, cast from a date. #}
{% macro mapped_date(entry, column) -%}
    {%- if entry.types[column] | lower == 'varchar' -%}
        {{ parse_date(column, entry.date_format) }}
    {%- else -%}
        {{ plausible_date('try_cast(' ~ column ~ ' as date)') }}
    {%- endif -%}
{%- endmacro %}
