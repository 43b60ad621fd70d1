{#
    One row per row of a relation and attribute in its column `attributes`, with the
    relation's columns in `keep`. Attributes without a value are left out.

    unlisted_attributes('lines', ['business_id', 'customer_id'])
        -- business_id, customer_id, attribute, value_text, value_number
#}
{% macro unlisted_attributes(relation, keep) -%}
    {{ return(adapter.dispatch('unlisted_attributes', 'retail_marts')(relation, keep)) }}
{%- endmacro %}

{% macro duckdb__unlisted_attributes(relation, keep) -%}
select
    {{ keep | join(',\n    ') }},
    entry.attribute as attribute,
    entry.value_text as value_text,
    entry.value_number as value_number
from (
    select
        {{ keep | join(',\n        ') }},
        unnest(attributes) as entry
    from {{ relation }}
    where attributes is not null
) as listed
where entry.value_text is not null
{%- endmacro %}

{% macro spark__unlisted_attributes(relation, keep) -%}
select
    {{ keep | join(',\n    ') }},
    entry.attribute as attribute,
    entry.value_text as value_text,
    entry.value_number as value_number
from (
    select
        {{ keep | join(',\n        ') }},
        explode(attributes) as entry
    from {{ relation }}
    where attributes is not null
) as listed
where entry.value_text is not null
{%- endmacro %}
