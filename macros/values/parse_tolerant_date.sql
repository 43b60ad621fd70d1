{#
    A date from text as `parse_date` reads it, and also with names of months or weekdays in
    some language, with invisible characters at the ends, or written as a double. Null
    where the text is not a date in this format.

    parse_tolerant_date('"Date"', '%d %B %Y', {'agustus': 8, 'agu': 8})
        -- '1 AGUSTUS 2024', '1 Agu. 2024' -> 2024-08-01
#}
{% macro parse_tolerant_date(column, format, month_numbers, data_type='date') -%}
    {{ return(adapter.dispatch('parse_tolerant_date', 'retail_marts')(
        column, format, month_numbers, data_type
    )) }}
{%- endmacro %}

{#
    Most texts match the plain pattern, which is faster. What it matches needs no other,
    unless it has names, which may be those of another language.
#}
{% macro duckdb__parse_tolerant_date(column, format, month_numbers, data_type) -%}
    {%- set plain = date_pattern(format) -%}
    {%- set date = date_pattern(format, is_tolerant=true) -%}
    {%- set rest = date_rest(column, date) -%}
    case
        {%- if not modules.re.search('%-?[aAbB]', format) %}
        when {{ full_match(column, plain.pattern) }}
            then cast(
                try_strptime({{ date_rest(column, plain) }}, {{ sql_literal(plain.format) }})
                as {{ data_type }}
            )
        {%- endif %}
        when {{ full_match(column, date.pattern) }}
            then cast(
                {%- if date.month %}
                try_strptime(
                    {{ month_number(
                        'regexp_extract(' ~ column ~ ', ' ~ sql_literal(date.pattern) ~ ', '
                            ~ date.month ~ ')',
                        month_numbers
                    ) }} || '|' || {{ rest }},
                    {{ sql_literal('%m|' ~ date.format) }}
                )
                {%- else %}
                try_strptime({{ rest }}, {{ sql_literal(date.format) }})
                {%- endif %} as {{ data_type }}
            )
    end
{%- endmacro %}

{# What is left to parse of a text that matches a `date_pattern`. #}
{% macro date_rest(column, date) -%}
    {%- if date.kept -%}
        regexp_replace(
            {{ column }}, {{ sql_literal(date.pattern) }}, {{ sql_literal(date.kept) }}
        )
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}

{#
    The number of a month by its name, as text; null for another word. Case, accents and a
    point behind a short form do not matter.
#}
{% macro month_number(name, month_numbers) -%}
    {%- set pairs = [] -%}
    {%- for form, number in month_numbers.items() -%}
        {%- do pairs.append(sql_literal(form) ~ ": '" ~ number ~ "'") -%}
    {%- endfor -%}
    map {{ '{' ~ pairs | join(', ') ~ '}' }}[
        translate(strip_accents(lower(rtrim({{ name }}, '.'))), 'ıς', 'iσ')
    ]
{%- endmacro %}
