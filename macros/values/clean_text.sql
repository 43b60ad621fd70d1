{# Text without outer blanks; nothing where only blanks are left. #}
{% macro clean_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}
