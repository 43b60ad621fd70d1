{#
    A mapped column as a date, or as a timestamp with the time of day. Instants, also
    numbers counted from 1970 on, become the day in the entry's time zone. Dates and times
    without a zone keep their day. All else is read in the entry's formats; the first that
    fits is used.
#}
{% macro mapped_date(entry, column, data_type='date') -%}
    {%- set raw_type = (entry.types[column] or 'varchar') | lower -%}
    {%- set text = mapped_raw_text(entry, column) -%}
    {%- if raw_type.startswith('timestamptz') or raw_type.endswith('with time zone') -%}
        {{ plausible_date(local_date(column, entry.time_zone, data_type)) }}
    {%- elif mapped_kind(entry, column) == 'time' -%}
        {{ plausible_date('try_cast(' ~ column ~ ' as ' ~ data_type ~ ')') }}
    {%- else -%}
        {%- set readings = [] -%}
        {%- for format in entry.date_formats -%}
            {%- set reading = mapped_number_date(entry, column, format, data_type) -%}
            {%- if reading -%}
                {%- do readings.append(reading) -%}
            {%- elif mapped_kind(entry, column) != 'text' -%}
                {%- do readings.append(parse_date(
                    filled_digits(text, format), format, data_type
                )) -%}
            {%- else -%}
                {%- if modules.re.search('%-?[bB]', format) and entry.month_language == 'en' -%}
                    {%- do readings.append(parse_date(text, format, data_type)) -%}
                {%- endif -%}
                {%- do readings.append(
                    parse_tolerant_date(text, format, entry.month_numbers, data_type)
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {{ without_number_words(
            entry, text,
            readings[0] if readings | length == 1
                else 'coalesce(' ~ readings | join(', ') ~ ')'
        ) }}
    {%- endif -%}
{%- endmacro %}

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

{# A number's digits, with the zero that it lost where the format begins with two digits. #}
{% macro filled_digits(text, format) -%}
    {%- set widths = {'Y': 4, 'j': 3} -%}
    {%- set codes = modules.re.findall('%-?([YymdHIMSj])', format) -%}
    {%- if not codes or modules.re.sub('%[YymdHIMSj]', '', format) -%}
        {{ return(text) }}
    {%- endif -%}
    {%- set width = namespace(digits=0) -%}
    {%- for code in codes -%}
        {%- set width.digits = width.digits + widths.get(code, 2) -%}
    {%- endfor -%}
    {{ return(
        'case when length(' ~ text ~ ') = ' ~ (width.digits - 1) ~ " then '0' || " ~ text
        ~ ' else ' ~ text ~ ' end'
    ) }}
{%- endmacro %}
