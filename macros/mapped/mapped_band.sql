{#
    The lower bound of the band in a mapped column; null where the column has no band. A
    band such as $100,000+ needs no thousands_mark: its comma can be nothing else.
#}
{% macro mapped_band(entry, column) -%}
    {%- set raw_type = entry.types.get(column, '') | lower -%}
    {%- if column in entry.mapped_columns and raw_type.startswith(('varchar', 'enum')) -%}
        {{ band_bound(
            mapped_text(entry, column), entry.decimal_mark,
            entry.thousands_mark or (',' if entry.decimal_mark == '.' else '.')
        ) }}
    {%- else -%}
        cast(null as double)
    {%- endif -%}
{%- endmacro %}
