{#
    Why a landed row is rejected; null for an accepted one. The reader's own fault comes
    first, then the first (condition, reason) pair that holds.
#}
{% macro rejection_reason(conditions) -%}
    {{ first_of([('_parse_fault is not null', '_parse_fault')] + conditions) }}
{%- endmacro %}
