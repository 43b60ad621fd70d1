{#
    SQL text that names the settings which would read a value that is not a number, such
    as '; set currency_marks: ["$"] and thousands_mark: ","'. Empty where that is not
    clear: 1,234 may have a decimal comma or a thousands mark. The text holds nothing of
    the value but marks of numbers and known currencies.
#}
{% macro number_setting(entry, column, text) -%}
    {%- set currency = (
        '(?i:(?:US|A|C|S|HK|NZ|R|NT|MX)\\$|\\p{Sc}|Rp\\.?|Rs\\.?|RM|CHF|Fr\\.|kr\\.?|zł|Kč|Ft'
        ~ '|lei|лв\\.?|руб\\.?|грн\\.?|TL|KSh|[A-Z]{2}[DPRKF]|EUR|JPY|CNY|RMB|MYR|PLN|HUF|RON'
        ~ '|BGN|TRY|VND|THB|NGN|KES|AED|ILS)'
    ) -%}
    {%- set blank = '\\p{Zs}*' -%}
    {%- set mark = '(' ~ currency ~ '|%)?' -%}
    {%- set shape = blank.join([
        '^', mark, '([-+\\x{2212}(]?)', mark,
        '([0-9](?:[0-9.,\\x27\\x{2019}\\p{Zs}]*[0-9])?)', mark, '([-\\x{2212})]?)', mark, '$'
    ]) -%}
    {#- (form of the digits, the settings that read it) -#}
    {%- set forms = [(number_pattern(
        entry.decimal_mark, entry.thousands_mark, entry.digit_grouping
    ), '')] -%}
    {%- for thousands, group in [
        (',', ','), ('.', '[.]'), (' ', '\\p{Zs}'), ("'", '[\\x27\\x{2019}]')
    ] -%}
        {%- set other = {',': '.', '.': ','}.get(thousands, entry.decimal_mark) -%}
        {%- set least = '{2,}' if thousands in ',.' else '+' -%}
        {%- do forms.append((
            '[0-9]{1,3}(?:' ~ group ~ '[0-9]{3})' ~ least,
            mark_settings(entry, thousands, other)
        )) -%}
        {%- for decimal in '.,' if decimal != thousands -%}
            {%- do forms.append((
                '[0-9]{1,3}(?:' ~ group ~ '[0-9]{3})+[' ~ decimal ~ '][0-9]+',
                mark_settings(entry, thousands, decimal)
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do forms.append((
        '[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?:[.][0-9]+)?',
        (mark_settings(entry, ',', '.') ~ ' and digit_grouping: indian').removeprefix(' and ')
    )) -%}
    {%- for decimal in '.,' if decimal != entry.thousands_mark -%}
        {%- do forms.append((
            '[0-9]+[' ~ decimal ~ '](?:[0-9]{1,2}|[0-9]{4,})',
            mark_settings(entry, entry.thousands_mark, decimal)
        )) -%}
    {%- endfor -%}
    {%- set digits -%}
        case
            {%- for form, settings in forms %}
            when {{ full_match('part.body', form) }} then {{ sql_literal(settings) }}
            {%- endfor %}
        end
    {%- endset -%}
    {%- set fields = ['part.m1', 'part.m2', 'part.m3', 'part.m4'] -%}
    {%- set marks = distinct_marks(fields, '", "') -%}
    {%- set known = "'" ~ '"' ~ entry.currency_marks | join('", "') | replace("'", "''")
        ~ '", ' ~ "' || " if entry.currency_marks else '' -%}
    {%- set styles = entry.negative_style | reject('eq', 'minus') | list -%}
    {%- set setting -%}
        case
            when (part.sign = '(') <> (part.ending = ')') then null
            when part.sign <> '' and part.sign <> '(' and part.ending <> '' then null
            when {{ digits }} is not null then '; set ' || nullif(concat_ws(' and ',
                case when {{ marks }} <> ''
                    {%- for known_mark in entry.currency_marks %}
                    and {{ sql_literal(known_mark) }} not in ({{ fields | join(', ') }})
                    {%- endfor %}
                    then 'currency_marks: [' || {{ known }}'"'
                        || {{ marks }} || '"]' end,
                nullif({{ digits }}, ''),
                {%- if 'parentheses' not in styles %}
                case when part.sign = '(' then {{ sql_literal(
                    'negative_style: [' ~ (styles + ['parentheses']) | join(', ') ~ ']'
                ) }} end,
                {%- endif %}
                {%- if 'trailing_minus' not in styles %}
                case when part.sign = '' and part.ending <> '' then {{ sql_literal(
                    'negative_style: [' ~ (styles + ['trailing_minus']) | join(', ') ~ ']'
                ) }} end,
                {%- endif %}
                {%- if column not in entry.percent_columns %}
                case when '%' in ({{ fields | join(', ') }})
                    then {{ sql_literal(
                        'percent_columns: ['
                        ~ (entry.percent_columns + [column]) | join(', ') ~ ']'
                    ) }} end,
                {%- endif %}
                null
            ), '')
        end
    {%- endset -%}
    coalesce({{ with_parts(
        text, shape, ['m1', 'sign', 'm2', 'body', 'm3', 'ending', 'm4'], setting
    ) }}, '')
{%- endmacro %}
