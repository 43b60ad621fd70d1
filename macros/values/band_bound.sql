{#
    The lower bound of a band in a text, as a double; null where the text is not a band.
    K or k means thousands and M or m millions, of both bounds if only the upper one has
    it. The lower bound of "Under ..." is 0.

    band_bound('"Income"')   -- '50-74K' -> 50000, '250K+' -> 250000, 'Under 15K' -> 0
                             -- '19-24' -> 19, '65+' -> 65, '2 Adults' -> null
#}
{% macro band_bound(column, decimal_mark='.', thousands_mark='') -%}
    {#- Of each length of dash one form; the texts are trimmed. -#}
    {%- set text = "lower(translate(" ~ column ~ ", '‐‑‒–—−', '------'))" -%}
    {%- set sign = '(?:[$€£¥₹₩₽₺₫฿₴₦₱₪]|r[$]|rp[.]?)?' -%}
    {%- set number = sign ~ ' ?([0-9](?:[^a-z<>+-]*[0-9])?) ?([km]?) ?' ~ sign
        ~ '(?: ?(?:years?|yrs?)(?: old)?)?' -%}
    {%- set below = ['under ', 'below ', 'less than ', 'up to ', '<', '<=', '≤'] -%}
    {%- set from = ['over ', 'above ', 'more than ', 'at least ', '>', '>=', '≥'] -%}
    {%- set onwards = '[+]|(?:and|or) (?:over|above|more|older|up)' -%}
    {%- set pattern = '(' ~ (below + from) | join('|') ~ ')? ?' ~ number
        ~ '(?: ?(' ~ onwards ~ '|(?:-|to) ?' ~ number ~ '))?' -%}
    {%- set names = ['before', 'low', 'low_unit', 'after', 'high', 'high_unit'] -%}
    {%- set numbers, factors = {}, {} -%}
    {%- for name in ['low', 'high'] -%}
        {%- do numbers.update({name: '('
            ~ parse_number('part.' ~ name, decimal_mark, thousands_mark, 'double') ~ ')'}) -%}
        {%- do factors.update({name: 'case part.' ~ name
            ~ "_unit when 'k' then 1000 when 'm' then 1000000 else 1 end"}) -%}
    {%- endfor -%}
    {%- set low = numbers.low ~ ' * ' ~ factors.low -%}
    {%- set low_in_unit = numbers.low ~ ' * ' ~ factors.high -%}
    {%- set high = numbers.high ~ ' * ' ~ factors.high -%}
    {%- set bound -%}
        case
            when not {{ full_match('found', pattern) }} then null
            -- Words before the number or after it, not both.
            when (part.before = '') = (part.after = '') then null
            when part.before in ({{ sql_literals(below) }})
                then case when {{ numbers.low }} is not null then 0 end
            when part.high = '' then {{ low }}
            when part.low_unit = '' and {{ low_in_unit }} < {{ high }}
                then {{ low_in_unit }}
            when {{ low }} < {{ high }} then {{ low }}
        end
    {%- endset -%}
    {{ with_text(text, with_parts('found', '^(?:' ~ pattern ~ ')$', names, bound)) }}
{%- endmacro %}
