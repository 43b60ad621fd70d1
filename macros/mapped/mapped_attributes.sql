{#
    The attributes of the customer in a mapped row, as an `attribute_list`: the free ones
    of the entry, and bands in columns of numbers (`age_band` of `age`).
#}
{% macro mapped_attributes(entry) -%}
    {%- set attributes = [] -%}
    {%- for column in entry.mapped_columns if column.startswith('attribute_') -%}
        {%- set text = mapped_name(entry, column) -%}
        {%- set number = mapped_number(entry, column, 'double') -%}
        {#- Not a number and infinite ones are not known. -#}
        {%- if entry.types[column] | lower in ('double', 'float') -%}
            {%- set text = 'case when ' ~ number ~ ' is not null then ' ~ text ~ ' end' -%}
        {%- endif -%}
        {%- do attributes.append((
            column[10:],
            text,
            'coalesce(' ~ number ~ ', ' ~ mapped_band(entry, column) ~ ')'
        )) -%}
    {%- endfor -%}
    {%- for column in banded_columns() if column in entry.mapped_columns
        and (entry.types[column] | lower).startswith(('varchar', 'enum')) -%}
        {%- set band = mapped_band(entry, column) -%}
        {%- do attributes.append((
            column.replace('_amount', '') ~ '_band',
            'case when ' ~ band ~ ' is not null then ' ~ mapped_name(entry, column) ~ ' end',
            band
        )) -%}
    {%- endfor -%}
    {{ attribute_list(attributes) }}
{%- endmacro %}
