{# Text without leading and trailing blanks; null where only blanks are left. #}
{% macro clean_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}
