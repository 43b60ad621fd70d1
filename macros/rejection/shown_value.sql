{#
    Text of a value for a published reason. At most six digits, and texts of the form of a
    date, stay as they are. Longer ones keep their form alone: a phone number becomes
    '+## ### #######'. Null where there is anything but digits, marks and signs of
    currencies: it can be a name.

    shown_value('trim("Qty")')
#}
{% macro shown_value(text) -%}
    {%- set year, part = '[0-9]{4}', '(?:[0-2]?[0-9]|3[01])' -%}
    {%- set middle = '(?:-' ~ part ~ '-|/' ~ part ~ '/|[.]' ~ part ~ '[.])' -%}
    {%- set date = '(?:' ~ year ~ middle ~ part ~ '|'
        ~ part ~ middle ~ '(?:' ~ year ~ '|[0-9]{2}))' -%}
    {%- set time = '(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?)?' -%}
    {%- set offset = '(?: ?[-+][0-9]{2}:?[0-9]{2})?' -%}
    {%- set mark = '-+.,:/()%\\x27\\x{2019}\\x{2212}\\p{Sc}\\p{Zs}' -%}
    {%- set marks = '[' ~ mark ~ ']*' -%}
    case
        when not {{ full_match(text, '[0-9' ~ mark ~ ']{1,40}') }} then null
        when {{ full_match(text, date ~ time ~ offset) }} then {{ text }}
        when {{ full_match(text, '(?:' ~ marks ~ '[0-9]){0,6}' ~ marks) }} then {{ text }}
        else {{ masked_digits(text) }}
    end
{%- endmacro %}
