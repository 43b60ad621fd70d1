{#
    First day of every month between two month columns of a relation, both included,
    together with the relation's columns in `keep`.

    months_between('lives', 'first_month', 'last_month', ['customer_id'])
        -- customer_id, month_start_date
#}
{% macro months_between(relation, first_month, last_month, keep=[]) -%}
    {{ return(adapter.dispatch('months_between', 'retail_marts')(
        relation, first_month, last_month, keep
    )) }}
{%- endmacro %}

{% macro duckdb__months_between(relation, first_month, last_month, keep) -%}
select
    {% for column in keep -%}
    {{ column }},
    {% endfor -%}
    cast(
        unnest(
            generate_series({{ first_month }}, {{ last_month }}, interval 1 month)
        ) as date
    ) as month_start_date
from {{ relation }}
{%- endmacro %}

{# A sequence of Spark runs backwards where the first is after the last. #}
{% macro spark__months_between(relation, first_month, last_month, keep) -%}
select
    {% for column in keep -%}
    {{ column }},
    {% endfor -%}
    explode(
        sequence({{ first_month }}, {{ last_month }}, interval 1 month)
    ) as month_start_date
from {{ relation }}
where {{ first_month }} <= {{ last_month }}
{%- endmacro %}
