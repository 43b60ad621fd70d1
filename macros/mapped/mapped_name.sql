{# A mapped column as a name: clean text that is cut where it is longer than a name may be. #}
{% macro mapped_name(entry, column) -%}
    {%- if entry.types[column] | lower == 'varchar' -%}
        {{ clean_name(column) }}
    {%- else -%}
        cast({{ column }} as varchar)
    {%- endif -%}
{%- endmacro %}
