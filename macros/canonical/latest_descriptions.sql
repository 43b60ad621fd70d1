{#
    One row per customer, product or store, with each attribute from its latest description.
    A file that describes the entity has no order_date and has priority over sales lines.

    by_count    Attributes of which the most frequent value counts, not the latest: for
                each, the column with how often its value occurs. The latest breaks ties.
#}
{% macro latest_descriptions(entity, relation, by_count={}) -%}
{%- set latest = [
    "coalesce(order_date, date '9999-12-31')", 'source_file',
    'coalesce(row_order, source_row_number)'
] -%}
{%- set key = canonical_entities()[entity].key -%}
select
    business_id,
    {{ key }},
    {% for column in canonical_entities()[entity].columns if column not in [
        'business_id', key, 'sale_count', 'order_date', 'source_file', 'row_order',
        'source_row_number'
    ] -%}
    {{ latest_of(
        column,
        (['order_date is null', by_count[column]] if column in by_count else []) + latest
    ) }} as {{ column }}
    {{- ',' if not loop.last }}
    {% endfor -%}
from {{ relation }}
group by business_id, {{ key }}
{%- endmacro %}
