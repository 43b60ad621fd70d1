{#
    A mapped column as a date. Instants, also numbers counted from 1970 on, become the
    day in the entry's time zone. Dates and times without a zone keep their day. All else
    is read as text in the entry's format. With the type `timestamp`, the local time of
    the day is kept.
#}
{% macro mapped_date(entry, column, data_type='date') -%}
    {%- set raw_type = entry.types[column] | lower -%}
    {#- Types that end in the year 2286, so that no number is out of an engine's range. -#}
    {%- set epochs = {
        'epoch_seconds': ('decimal(16, 6)', 1000000),
        'epoch_milliseconds': ('decimal(19, 6)', 1000),
        'epoch_microseconds': ('decimal(22, 6)', 1),
    } -%}
    {%- if raw_type.startswith('timestamptz') or raw_type.endswith('with time zone') -%}
        {{ plausible_date(local_date(column, entry.time_zone, data_type)) }}
    {%- elif raw_type == 'date' or raw_type.startswith('timestamp') -%}
        {{ plausible_date('try_cast(' ~ column ~ ' as ' ~ data_type ~ ')') }}
    {%- elif entry.date_format in epochs -%}
        {%- set number_type, factor = epochs[entry.date_format] -%}
        {%- set number = mapped_number(entry, column, number_type) -%}
        {%- set wide = 'cast(' ~ number ~ ' as decimal(30, 6))' -%}
        {{ plausible_date(local_date(
            epoch_instant(wide ~ ' * ' ~ factor), entry.time_zone, data_type
        )) }}
    {%- else -%}
        {{ parse_date(mapped_text(entry, column), entry.date_format, data_type) }}
    {%- endif -%}
{%- endmacro %}
