{# The lower bound of the band in a mapped column; null where the column has no band. #}
{% macro mapped_band(entry, column) -%}
    {%- set raw_type = entry.types.get(column, '') | lower -%}
    {%- if column in entry.mapped_columns and raw_type.startswith(('varchar', 'enum')) -%}
        {{ band_bound(
            mapped_text(entry, column), entry.decimal_mark, entry.thousands_mark or ''
        ) }}
    {%- else -%}
        cast(null as double)
    {%- endif -%}
{%- endmacro %}
