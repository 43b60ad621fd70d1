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
        {%- if entry.date_cell_format and mapped_kind(entry, column) == 'text' -%}
            {#- Cells that are dates in a workbook are landed as text in a form of their own. -#}
            {%- do readings.append(parse_date(text, entry.date_cell_format, data_type)) -%}
        {%- endif -%}
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
