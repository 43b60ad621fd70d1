{#
    Why a landed row is rejected; null for an accepted one. A parse error of the CSV
    reader comes first, then the first (condition, reason) pair that is true.
#}
{% macro rejection_reason(conditions) -%}
    {{ first_of([('_parse_fault is not null', '_parse_fault')] + conditions) }}
{%- endmacro %}
