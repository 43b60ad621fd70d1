{#
    A regular expression as Java reads it: without regard to case means that of all
    letters, as in other engines, not only of A to Z.
#}
{% macro java_pattern(pattern) -%}
    {{ return(pattern | replace('(?i:', '(?iu:')) }}
{%- endmacro %}
