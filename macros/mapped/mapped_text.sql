{#
    A mapped column as clean text, whatever its raw type; null where it is one of the
    entry's words for "empty".
#}
{% macro mapped_text(entry, column) -%}
    {%- set text = mapped_raw_text(entry, column) -%}
    {%- if column not in entry.mapped_columns -%}
        cast(null as string)
    {%- elif mapped_kind(entry, column) == 'text' -%}
        {{ clean_text(text, entry.null_words) }}
    {%- else -%}
        {{ without_number_words(entry, text, text) }}
    {%- endif -%}
{%- endmacro %}
