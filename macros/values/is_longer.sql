{# Whether a text has more than so many characters. #}
{% macro is_longer(text, characters) -%}
    {{ return(adapter.dispatch('is_longer', 'retail_marts')(text, characters)) }}
{%- endmacro %}

{# The number of bytes is known without reading the text, that of characters is not. #}
{% macro duckdb__is_longer(text, characters) -%}
    (strlen({{ text }}) > {{ characters }} and length({{ text }}) > {{ characters }})
{%- endmacro %}

{% macro spark__is_longer(text, characters) -%}
    length({{ text }}) > {{ characters }}
{%- endmacro %}
