{#
    A mapped column as a number. Text is read in the form that the entry's settings say;
    other types are cast. Columns in per cent or in cents are divided by 100.
#}
{% macro mapped_number(entry, column, data_type='decimal(18, 4)') -%}
    {%- if column not in entry.mapped_columns -%}
        cast(null as {{ data_type }})
    {%- else -%}
        {%- set text = mapped_raw_text(entry, column) -%}
        {%- set is_percent = column in entry.percent_columns -%}
        {%- set are_hundredths = is_percent or column in entry.cent_columns -%}
        {#- Wide enough for the two more decimals of a hundredth. -#}
        {%- set read_type = 'decimal(30, 12)' if are_hundredths and data_type != 'double'
            else data_type -%}
        {%- set number -%}
            {%- if mapped_kind(entry, column) == 'text' -%}
                {{ parse_marked_number(
                    text, entry, read_type, ['%', '\u066A', '\uFF05'] if is_percent else []
                ) }}
            {%- elif read_type == 'integer' and mapped_kind(entry, column) in ['float', 'decimal'] -%}
                {#- As text with decimals is not a whole number, a double with them is not. -#}
                case when {{ column }} = floor({{ column }})
                    then try_cast({{ column }} as integer) end
            {%- else -%}
                {{ finite_number(column, read_type) }}
            {%- endif -%}
        {%- endset -%}
        {%- set read = without_number_words(entry, text, number) -%}
        {%- if not are_hundredths -%}
            {{ read }}
        {%- elif data_type == 'double' -%}
            {{ read }} / 100
        {%- else -%}
            try_cast({{ read }} * 0.01 as {{ data_type }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
