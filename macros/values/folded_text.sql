{#
    A text for comparisons: lower case, and one blank instead of several.

    folded_text('product_name')   -- 'Green  TEA' -> 'green tea'
#}
{% macro folded_text(text) -%}
    {{ return(adapter.dispatch('folded_text', 'retail_marts')(text)) }}
{%- endmacro %}

{% macro duckdb__folded_text(text) -%}
    lower(regexp_replace(trim({{ text }}), '\s+', ' ', 'g'))
{%- endmacro %}

{% macro spark__folded_text(text) -%}
    lower(regexp_replace(trim({{ text }}), '\s+', ' '))
{%- endmacro %}
