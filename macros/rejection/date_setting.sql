{#
    SQL text that names the setting which would read a value that is not a date of the
    entry's formats, such as '; set date_format: "%d/%m/%Y"'. Empty where that is not
    clear: 01/02/2024 may have the day or the month first.
#}
{% macro date_setting(entry, text) -%}
    {#- (form of the whole text or of its day or time, format) -#}
    {%- set year, month, day = '(?:19|20)[0-9]{2}', '(?:0?[1-9]|1[0-2])', '(?:1[3-9]|2[0-9]|3[01])' -%}
    {%- set numbers = [
        (year ~ '(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])', '%Y%m%d'),
        ('1[0-9]{9}(?:[.][0-9]+)?', 'epoch_seconds'),
        ('1[0-9]{12}', 'epoch_milliseconds'),
        ('1[0-9]{15}', 'epoch_microseconds'),
        ('[34][0-9]{4}(?:[.,][0-9]+)?', 'excel_serial'),
    ] -%}
    {%- set days = [] -%}
    {%- for format in entry.date_formats -%}
        {#- A day that the entry can read, where a time follows that it does not expect. -#}
        {%- set base = modules.re.split('[ T]', format)[0] -%}
        {%- if modules.re.fullmatch('(?:%-?[Yymd][-/.]?){3}', base) -%}
            {%- do days.append((date_pattern(base).pattern, base)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for mark in '-/.' -%}
        {%- set split = '[' ~ mark ~ ']' -%}
        {%- do days.extend([
            (split.join([year, '[0-9]{1,2}', '[0-9]{1,2}']), mark.join(['%Y', '%m', '%d'])),
            (split.join([day, month, year]), mark.join(['%d', '%m', '%Y'])),
            (split.join([month, day, year]), mark.join(['%m', '%d', '%Y'])),
        ]) -%}
    {%- endfor -%}
    {%- set times = [('', '')] -%}
    {%- for start in ' T' -%}
        {%- for form, format in [
            ('[0-9]{1,2}:[0-9]{2}', '%H:%M'),
            ('[0-9]{1,2}:[0-9]{2}:[0-9]{2}', '%H:%M:%S'),
            ('[0-9]{1,2}:[0-9]{2}:[0-9]{2}[.][0-9]{1,9}', '%H:%M:%S.%f'),
        ] -%}
            {%- do times.append((start ~ form, start ~ format)) -%}
            {%- for gap in ['', ' '] -%}
                {%- do times.append((
                    start ~ form ~ gap ~ '(?:[Zz]|[-+][0-9]{2}:?[0-9]{2})',
                    start ~ format ~ gap ~ '%z'
                )) -%}
                {%- do times.append((
                    start ~ form ~ gap ~ '[AaPp][Mm]',
                    start ~ format.replace('%H', '%I') ~ gap ~ '%p'
                )) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set hint -%}
        '; set date_format: "' || case
            {%- for form, format in days %}
            when {{ full_match('part.day', form) }} then {{ sql_literal(format) }}
            {%- endfor %}
        end || case
            {%- for form, format in times %}
            when {{ full_match('part.time', form) }} then {{ sql_literal(format) }}
            {%- endfor %}
        end || '"'
    {%- endset -%}
    {#- 2024-02-30 has the form of a format that is set. -#}
    {%- set known = [] -%}
    {%- for format in entry.date_formats -%}
        {%- do known.append('; set date_format: "' ~ format ~ '"') -%}
    {%- endfor -%}
    coalesce(
        case
            {%- for form, format in numbers %}
            when {{ full_match(text, form) }}
                then {{ sql_literal('; set date_format: "' ~ format ~ '"') }}
            {%- endfor %}
            {%- for format in entry.date_formats if modules.re.search('%-?[bB]', format) %}
            when {{ full_match(text, date_pattern(format, is_tolerant=true).pattern) }}
                then '; set month_language to the language of its month names'
            {%- endfor %}
        end,
        {{ with_text(
            with_parts(
                text, '^([0-9]+[-/.][0-9]+[-/.][0-9]+)([ T].*)?$', ['day', 'time'], hint
            ),
            'case when found not in (' ~ sql_literals(known) ~ ') then found end'
        ) }},
        ''
    )
{%- endmacro %}
