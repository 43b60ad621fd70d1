{#
    Text without white space and invisible characters at its ends; null where nothing
    else is left, or where the text is one of the words for "empty", in any case.

    clean_text('"Name"')                       -- ' Ann\u00a0' -> 'Ann', '\ufeff' -> null
    clean_text('"Name"', ['NULL', 'n/a'])      -- 'N/A ' -> null
#}
{% macro clean_text(column, null_words=[]) -%}
    {{ return(adapter.dispatch('clean_text', 'retail_marts')(column, null_words)) }}
{%- endmacro %}

{#
    Most texts need no change. Comparisons find that out, which is faster than trim():
    printable ASCII at both ends, and no word that starts as this text. No expression but
    the column stands here twice, because DuckDB would compute it for every row.
#}
{% macro duckdb__clean_text(column, null_words) -%}
    {%- set blanks = '[' ~ blank_class() ~ ']' -%}
    {%- set ends = blank_ends() -%}
    {%- set words, initials = [], [] -%}
    {#- No form of a word, such as its upper case, has more bytes than these. -#}
    {%- set bytes = namespace(longest=0) -%}
    {%- for word in null_words -%}
        {%- do words.append(modules.re.escape(word)) -%}
        {%- do initials.extend([word[0] | lower, word[0] | upper]) -%}
        {%- set bytes.longest = [
            bytes.longest, word | length * (1 if word.isascii() else 4)
        ] | max -%}
    {%- endfor -%}
    {%- set empty = blanks ~ '*(?i:' ~ words | join('|') ~ ')?' ~ blanks ~ '*' -%}
    case
        when {{ column }} is null then null
        when {{ column }} >= '!' and {{ column }} < chr(127)
            and strlen({{ column }}) = length({{ column }}) and {{ column }}[-1] > ' '
            {%- if words %}
            and (
                strlen({{ column }}) > {{ bytes.longest }}
                {%- if not modules.re.search('[0-9]', initials | join) %}
                or ({{ column }} >= '0' and {{ column }} < ':')
                {%- endif %}
                or not (
                    {%- for initial in initials | unique(true) %}
                    {{ 'or ' if not loop.first }}starts_with(
                        {{- column }}, {{ sql_literal(initial) }})
                    {%- endfor %}
                )
            )
            {%- endif %}
            then {{ column }}
        when strlen({{ column }}) > {{ bytes.longest }}
            and not regexp_matches({{ column }}, {{ ends }})
            then {{ column }}
        when not {{ full_match(column, empty) }}
            then {{ trimmed_text(column) }}
    end
{%- endmacro %}

{% macro spark__clean_text(column, null_words) -%}
    {%- set blanks = '[' ~ blank_class() ~ ']*' -%}
    {%- set words = [] -%}
    {%- for word in null_words -%}
        {%- do words.append(modules.re.escape(word)) -%}
    {%- endfor -%}
    case
        when not {{ full_match(
            column, blanks ~ '(?i:' ~ words | join('|') ~ ')?' ~ blanks
        ) }}
            then {{ trimmed_text(column) }}
    end
{%- endmacro %}
