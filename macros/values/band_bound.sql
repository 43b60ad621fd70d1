{#
    The lower bound of a band in a text, as a double; null where the text is not a band.
    K or k means thousands and M or m millions, of both bounds if only the upper one has
    it. The lower bound of "Under ..." is 0.

    band_bound('"Income"')   -- '50-74K' -> 50000, '250K+' -> 250000, 'Under 15K' -> 0
                             -- '19-24' -> 19, '65+' -> 65, '2 Adults' -> null
#}
{% macro band_bound(column, decimal_mark='.', thousands_mark='') -%}
    {{ return(adapter.dispatch('band_bound', 'retail_marts')(
        column, decimal_mark, thousands_mark
    )) }}
{%- endmacro %}

{% macro duckdb__band_bound(column, decimal_mark, thousands_mark) -%}
    {#- Of each length of dash one form; the texts are trimmed. -#}
    {%- set text = "lower(regexp_replace(" ~ column ~ ", '[‐‑‒–—−]', '-', 'g'))" -%}
    {%- set sign = '(?:[$€£¥₹₩₽₺₫฿₴₦₱₪]|r[$]|rp[.]?)?' -%}
    {%- set number = sign ~ ' ?([0-9](?:[^a-z<>+-]*[0-9])?) ?([km]?) ?' ~ sign
        ~ '(?: ?(?:years?|yrs?)(?: old)?)?' -%}
    {%- set below = ['under ', 'below ', 'less than ', 'up to ', '<', '<=', '≤'] -%}
    {%- set from = ['over ', 'above ', 'more than ', 'at least ', '>', '>=', '≥'] -%}
    {%- set onwards = '[+]|(?:and|or) (?:over|above|more|older|up)' -%}
    {#- 1: words before, 2: number, 3: its unit, 4: the rest, 5: number, 6: its unit. -#}
    {%- set pattern = sql_literal(
        '(' ~ (below + from) | join('|') ~ ')? ?' ~ number
        ~ '(?: ?(' ~ onwards ~ '|(?:-|to) ?' ~ number ~ '))?'
    ) -%}
    {%- set parts, factors, numbers = {}, {}, {} -%}
    {%- for place in range(1, 7) -%}
        {%- set part = 'regexp_extract(' ~ text ~ ', ' ~ pattern ~ ', ' ~ place ~ ')' -%}
        {%- do parts.update({place: part}) -%}
        {%- do factors.update({
            place: 'case ' ~ part ~ " when 'k' then 1000 when 'm' then 1000000 else 1 end"
        }) -%}
        {%- do numbers.update({
            place: '(' ~ parse_number(part, decimal_mark, thousands_mark, 'double') ~ ')'
        }) -%}
    {%- endfor -%}
    {%- set low, high = numbers[2] ~ ' * ' ~ factors[3], numbers[5] ~ ' * ' ~ factors[6] -%}
    {%- set low_in_unit = numbers[2] ~ ' * ' ~ factors[6] -%}
    case
        when not regexp_full_match({{ text }}, {{ pattern }}) then null
        -- Words before the number or after it, not both.
        when ({{ parts[1] }} = '') = ({{ parts[4] }} = '') then null
        when {{ parts[1] }} in ({{ sql_literals(below) }})
            then case when {{ numbers[2] }} is not null then 0 end
        when {{ parts[5] }} = '' then {{ low }}
        when {{ parts[3] }} = '' and {{ low_in_unit }} < {{ high }}
            then {{ low_in_unit }}
        when {{ low }} < {{ high }} then {{ low }}
    end
{%- endmacro %}
