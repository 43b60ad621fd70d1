{# As in the standard: dbt-spark puts a backslash, which is a character of the text here. #}
{% macro retailspark__escape_single_quotes(expression) -%}
{{ expression | replace("'", "''") }}
{%- endmacro %}
