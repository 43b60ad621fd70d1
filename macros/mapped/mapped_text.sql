{# A mapped column as clean text, whatever its raw type. #}
{% macro mapped_text(entry, column) -%}
    {%- if entry.types[column] | lower == 'varchar' -%}
        {{ clean_text(column) }}
    {%- else -%}
        cast({{ column }} as varchar)
    {%- endif -%}
{%- endmacro %}
