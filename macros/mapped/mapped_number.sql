{#
    A mapped column as a number: text is read with the entry's decimal and thousands
    marks, other types are cast.
#}
{% macro mapped_number(entry, column, data_type='decimal(18, 4)') -%}
    {%- set raw_type = entry.types[column] | lower -%}
    {%- if column not in entry.mapped_columns -%}
        cast(null as {{ data_type }})
    {%- elif raw_type == 'varchar' -%}
        {{ parse_number(column, entry.decimal_mark, entry.thousands_mark or '', data_type) }}
    {%- elif raw_type in ('double', 'float', 'real') -%}
        case when isfinite({{ column }}) then try_cast({{ column }} as {{ data_type }}) end
    {%- else -%}
        try_cast({{ column }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}
