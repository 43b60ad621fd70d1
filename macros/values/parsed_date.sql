{#
    A date or timestamp from a text that matches the `date_pattern` of a format and has no
    zone any more; null where there is no such day, such as 2022-02-31.
#}
{% macro parsed_date(text, format, data_type) -%}
    {{ return(adapter.dispatch('parsed_date', 'retail_marts')(text, format, data_type)) }}
{%- endmacro %}

{% macro duckdb__parsed_date(text, format, data_type) -%}
    cast(try_strptime({{ text }}, {{ sql_literal(format) }}) as {{ data_type }})
{%- endmacro %}

{#
    The parts are put into one order with marks between them: Spark then reads one or two
    digits, and needs no pattern where the order is that of the standard.
#}
{% macro spark__parsed_date(text, format, data_type) -%}
    {%- set forms = {
        'Y': '([0-9]{4})', 'y': '([0-9]{2})', 'j': '([0-9]{1,3})', 'f': '([0-9]{1,9})',
        'g': '([0-9]{1,3})', 'n': '([0-9]{1,9})', 'b': '([A-Za-z]+)', 'B': '([A-Za-z]+)',
        'p': '([AaPp][Mm])', 'a': '[A-Za-z]+', 'A': '[A-Za-z]+', '%': '%'
    } -%}
    {%- set found = namespace(pattern='\\A\\s*', groups=0) -%}
    {%- set group_of = {} -%}
    {%- for piece in modules.re.findall('(?s)%-?.|.', format) -%}
        {%- if piece | length > 1 -%}
            {%- set form = forms.get(piece[-1], '([0-9]{1,2})') -%}
            {%- if form.startswith('(') -%}
                {%- set found.groups = found.groups + 1 -%}
                {%- do group_of.update({piece[-1]: '$' ~ found.groups}) -%}
            {%- endif -%}
            {%- set found.pattern = found.pattern ~ form -%}
        {%- else -%}
            {%- set found.pattern = found.pattern ~ ('\\s*' if piece.isspace()
                else modules.re.escape(piece)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set pattern = found.pattern ~ '\\s*\\z' -%}
    {#- (code, the mark before it, its letters in a pattern of Java) -#}
    {%- set ordered, letters = [], [] -%}
    {%- for code, mark, letter in [
        ('Y', '', 'y'), ('y', '', 'yy'), ('m', '-', 'M'), ('b', '-', 'MMM'),
        ('B', '-', 'MMMM'), ('d', '-', 'd'), ('j', '-', 'D'), ('H', ' ', 'H'),
        ('I', ' ', 'h'), ('M', ':', 'm'), ('S', ':', 's'), ('f', '.', 'S'), ('g', '.', 'S'),
        ('n', '.', 'S'), ('p', ' ', 'a')
    ] if code in group_of -%}
        {%- do ordered.append(mark ~ group_of[code]) -%}
        {%- do letters.append(mark ~ letter) -%}
    {%- endfor -%}
    {%- set in_order = 'regexp_replace(' ~ text ~ ', ' ~ sql_literal(pattern) ~ ', '
        ~ sql_literal(ordered | join) ~ ')' -%}
    {%- if letters | join in (
        'y-M-d', 'y-M-d H', 'y-M-d H:m', 'y-M-d H:m:s', 'y-M-d H:m:s.S'
    ) -%}
        {#- A timestamp, because a date would keep its day whatever stands behind it. -#}
        cast(
            try_cast({{ in_order ~ (" || ':00'" if 'H' in group_of and 'M' not in group_of
                else '') }} as timestamp) as {{ data_type }}
        )
    {%- else -%}
        {%- set instant = 'try_to_timestamp(' ~ in_order ~ ', '
            ~ sql_literal(letters | join) ~ ')' -%}
        {%- if 'y' in group_of -%}
            {#- 69 to 99 are of the last century. -#}
            {%- set instant = 'case when year(' ~ instant ~ ') > 2068 then ' ~ instant
                ~ ' - interval 100 year else ' ~ instant ~ ' end' -%}
        {%- endif -%}
        cast({{ instant }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}
