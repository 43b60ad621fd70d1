{# Pattern of the white space and the invisible characters at the ends of a text. #}
{% macro blank_ends() -%}
    {%- set blanks = '[' ~ blank_class() ~ ']' -%}
    {{ return(sql_literal('^' ~ blanks ~ '+|' ~ blanks ~ '+$')) }}
{%- endmacro %}
