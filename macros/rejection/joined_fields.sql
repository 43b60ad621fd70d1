{# Text of the landed row, or its columns joined by the separator. #}
{% macro joined_fields(columns, separator) -%}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {%- do fields.append("coalesce(cast(" ~ adapter.quote(column) ~ " as string), '')") -%}
    {%- endfor -%}
    coalesce(_raw_text, {{ fields | join(' || ' ~ sql_literal(separator) ~ ' || ') }})
{%- endmacro %}
