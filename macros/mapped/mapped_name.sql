{# A mapped column as a name: clean text that is cut where it is longer than a name may be. #}
{% macro mapped_name(entry, column) -%}
    {%- if column in entry.mapped_columns and mapped_kind(entry, column) == 'text' -%}
        {{ clean_name(mapped_raw_text(entry, column), entry.null_words_of_names) }}
    {%- else -%}
        {{ mapped_text(entry, column) }}
    {%- endif -%}
{%- endmacro %}
