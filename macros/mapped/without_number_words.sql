{#
    A value, or null where the raw text is one of those words for "empty" that have digits
    in them, such as -999. Other words are never a number or a date.
#}
{% macro without_number_words(entry, text, value) -%}
    {%- set words = [] -%}
    {%- for word in entry.null_words if modules.re.search('[0-9]', word) -%}
        {%- do words.append(word) -%}
    {%- endfor -%}
    {%- if words -%}
        case when {{ clean_text(text, words) }} is not null then {{ value }} end
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}
