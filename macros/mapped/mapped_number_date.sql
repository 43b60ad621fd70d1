{# The date of a number where the format is one of numbers, else nothing. #}
{% macro mapped_number_date(entry, column, format, data_type) -%}
    {#- Types that end in the year 2286, so that no number is out of an engine's range. -#}
    {%- set epochs = {
        'epoch_seconds': ('decimal(16, 6)', 1000000),
        'epoch_milliseconds': ('decimal(19, 6)', 1000),
        'epoch_microseconds': ('decimal(22, 6)', 1),
    } -%}
    {%- if format in epochs -%}
        {%- set number_type, factor = epochs[format] -%}
        {%- set number = mapped_number(entry, column, number_type) -%}
        {%- set wide = 'cast(' ~ number ~ ' as decimal(30, 6))' -%}
        {{ return(plausible_date(local_date(
            epoch_instant(wide ~ ' * ' ~ factor), entry.time_zone, data_type
        ))) }}
    {%- elif format == 'excel_serial' -%}
        {{ return(plausible_date(excel_date(
            mapped_number(entry, column, 'decimal(18, 12)'), data_type
        ))) }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}
