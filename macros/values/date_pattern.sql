{#
    The regular expression that a text in a date format must match, and what to parse of
    it. strptime alone reads too much: "infinity" and "epoch" in any format, cut years.
    A part has one or two digits, or exactly two where it directly follows or precedes
    digits. Years are 1900 to 2199: others are typing errors, or mean "no date".

    date_pattern('%d/%m/%Y %z')
        -- pattern: the expression, with a group around each part but the zone
        -- kept: '\1\2', the groups that are left without the zone
        -- format: '%d/%m/%Y ', the format of what is left

    A tolerant pattern also allows invisible characters at the ends, any word as a name of
    a month or weekday, and a fraction of zero behind a date of digits alone (20240131.0).

    date_pattern('%a %d %B %Y', is_tolerant=true)
        -- month: 3, the group of the month's name
        -- kept: '\1\2|\4', where a bar stands for the name
        -- format: '%d |%Y'
#}
{% macro date_pattern(format, is_tolerant=false) -%}
    {%- set texts = {
        'Y': '(?:19|2[01])[0-9]{2}', 'y': '[0-9]{2}',
        'f': '[0-9]{1,9}', 'g': '[0-9]{1,3}', 'n': '[0-9]{1,9}',
        'b': '[A-Za-z]{3}', 'B': '[A-Za-z]{3,9}',
        'a': '[A-Za-z]{3}', 'A': '[A-Za-z]{6,9}',
        'p': '[AaPp][Mm]', '%': '%',
    } -%}
    {%- set numbers = {'d': 2, 'm': 2, 'H': 2, 'I': 2, 'M': 2, 'S': 2, 'j': 3} -%}
    {%- set zones = {
        'z': '(?:[Zz]|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)',
        'Z': '[A-Za-z][A-Za-z0-9_/+-]*',
    } -%}
    {%- set pieces = modules.re.findall('(?s)%-?.|.', format) -%}
    {%- set is_digits = [false] -%}
    {%- for piece in pieces -%}
        {%- do is_digits.append(piece | length > 1 and piece[-1] in 'YyfgndmHIMSj') -%}
    {%- endfor -%}
    {%- do is_digits.append(false) -%}
    {%- set name = '\\p{L}[\\p{L}\\p{M}.]*' -%}
    {%- if is_tolerant -%}
        {%- do zones.update({'a': name, 'A': name}) -%}
    {%- endif -%}
    {%- set blanks = '[' ~ blank_class() ~ ']*' if is_tolerant else '\\s*' -%}
    {%- set is_number = not modules.re.sub('%[YymdHIMSj]', '', format) -%}
    {%- set fraction = '(?:[.,]0+)?' if is_tolerant and is_number else '' -%}
    {%- set found = namespace(
        pattern=blanks ~ '(', kept='\\1', format='', groups=1, month=0
    ) -%}
    {%- for piece in pieces -%}
        {%- set code = piece[-1] if piece | length > 1 else none -%}
        {%- if code in zones -%}
            {%- set found.groups = found.groups + 1 -%}
            {%- set found.kept = found.kept ~ '\\' ~ found.groups -%}
            {%- set found.pattern = found.pattern ~ ')' ~ zones[code] ~ '(' -%}
        {%- elif is_tolerant and code and code in 'bB' -%}
            {%- set found.month = found.groups + 1 -%}
            {%- set found.groups = found.groups + 2 -%}
            {%- set found.kept = found.kept ~ '|\\' ~ found.groups -%}
            {%- set found.pattern = found.pattern ~ ')(' ~ name ~ ')(' -%}
            {%- set found.format = found.format ~ '|' -%}
        {%- else -%}
            {%- set found.format = found.format ~ piece -%}
            {%- if code in numbers -%}
                {%- set least = numbers[code]
                    if is_digits[loop.index0] or is_digits[loop.index0 + 2] else 1 -%}
                {%- set text = '[0-9]{' ~ least ~ ',' ~ numbers[code] ~ '}' -%}
            {%- elif code -%}
                {%- set text = texts[code] -%}
            {%- elif piece.isalnum() or not piece.isascii() -%}
                {%- set text = piece -%}
            {%- else -%}
                {%- set text = '\\' ~ piece -%}
            {%- endif -%}
            {%- set found.pattern = found.pattern ~ text -%}
        {%- endif -%}
    {%- endfor -%}
    {#- strptime skips blanks around a text, so the format must not ask for them. -#}
    {{ return({
        'pattern': found.pattern ~ ')' ~ fraction ~ blanks,
        'kept': found.kept if is_tolerant or found.groups > 1 else '',
        'format': found.format | trim,
        'month': found.month,
    }) }}
{%- endmacro %}
