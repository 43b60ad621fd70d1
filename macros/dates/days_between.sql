{#
    Every day between two date columns of a relation, both included, together with the
    relation's columns in `keep`.

    days_between('lives', 'first_day', 'last_day', ['product_id'])
        -- product_id, date_day
#}
{% macro days_between(relation, first_day, last_day, keep=[]) -%}
    {{ return(adapter.dispatch('days_between', 'retail_marts')(
        relation, first_day, last_day, keep
    )) }}
{%- endmacro %}

{% macro duckdb__days_between(relation, first_day, last_day, keep) -%}
select
    {% for column in keep -%}
    {{ column }},
    {% endfor -%}
    cast(
        unnest(generate_series({{ first_day }}, {{ last_day }}, interval 1 day)) as date
    ) as date_day
from {{ relation }}
{%- endmacro %}

{# A sequence of Spark runs backwards where the first is after the last. #}
{% macro spark__days_between(relation, first_day, last_day, keep) -%}
select
    {% for column in keep -%}
    {{ column }},
    {% endfor -%}
    explode(
        sequence({{ first_day }}, {{ last_day }}, interval 1 day)
    ) as date_day
from {{ relation }}
where {{ first_day }} <= {{ last_day }}
{%- endmacro %}
