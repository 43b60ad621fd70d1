{#
    One row per customer, product or store: each attribute as its latest description gives
    it. A file that describes the entity itself has no order_date and comes before lines.
#}
{% macro latest_descriptions(entity, relation) -%}
{%- set key = canonical_entities()[entity].key -%}
select
    business_id,
    {{ key }},
    {% for column in canonical_entities()[entity].columns if column not in [
        'business_id', key, 'order_date', 'source_file', 'row_order', 'source_row_number'
    ] -%}
    {{ latest_of(column, [
        "coalesce(order_date, date '9999-12-31')", 'source_file',
        'coalesce(row_order, source_row_number)'
    ]) }} as {{ column }}
    {{- ',' if not loop.last }}
    {% endfor -%}
from {{ relation }}
group by business_id, {{ key }}
{%- endmacro %}
