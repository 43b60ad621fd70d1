{#
    A list of texts as SQL literals, joined by commas; an empty text for an empty list.
#}
{% macro sql_literals(texts) -%}
    {%- for text in texts -%}
        {{ sql_literal(text) }}{{ ', ' if not loop.last }}
    {%- else -%}
        ''
    {%- endfor -%}
{%- endmacro %}
