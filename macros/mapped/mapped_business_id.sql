{#
    Business of a mapped row: a column of the file, or the entry's name where no column
    is mapped.
#}
{% macro mapped_business_id(entry) -%}
    {%- if 'business_id' in entry.mapped_columns -%}
        {{ mapped_text(entry, 'business_id') }}
    {%- else -%}
        {{ sql_literal(entry.mapped_source) }}
    {%- endif -%}
{%- endmacro %}
