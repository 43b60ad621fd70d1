{# Whether a mapped column can have a time of day, by its raw type or a date format. #}
{% macro has_time_of_day(entry, column) -%}
    {%- set raw_type = (entry.types[column] or 'varchar') | lower -%}
    {{ return(
        column in entry.mapped_columns and raw_type != 'date' and (
            raw_type.startswith('timestamp')
            or entry.date_cell_format is not none
            or modules.re.search(
                '^epoch_|^excel_serial|%-?[HI]', entry.date_formats | join('\n'),
                modules.re.MULTILINE
            ) is not none
        )
    ) }}
{%- endmacro %}
