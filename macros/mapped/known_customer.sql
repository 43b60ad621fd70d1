{#
    The key of a customer, or null where it stands for no known customer. Whole numbers
    are the same with a fraction of zero: 0 and 0.0.
#}
{% macro known_customer(entry, key) -%}
    {%- if entry.anonymous_customer_ids -%}
        {%- set words = [] -%}
        {%- for word in entry.anonymous_customer_ids -%}
            {%- do words.append(
                modules.re.escape(word)
                ~ ('(?:[.]0+)?' if modules.re.fullmatch('-?[0-9]+', word) else '')
            ) -%}
        {%- endfor -%}
        case when not {{ full_match(key, '(?i:' ~ words | join('|') ~ ')') }}
            then {{ key }} end
    {%- else -%}
        {{ key }}
    {%- endif -%}
{%- endmacro %}
