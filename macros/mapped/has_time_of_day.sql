{# Whether a mapped column can have a time of day, by its raw type or the date format. #}
{% macro has_time_of_day(entry, column) -%}
    {%- set raw_type = entry.types[column] | lower -%}
    {{ return(
        column in entry.mapped_columns and raw_type != 'date' and (
            raw_type.startswith('timestamp')
            or entry.date_format.startswith('epoch_')
            or modules.re.search('%-?[HI]', entry.date_format) is not none
        )
    ) }}
{%- endmacro %}
