{#
    A keyed hash of a personal key: the same text gives the same id in this warehouse,
    and without the secret key, which is kept next to the warehouse, nobody can test a
    guessed name.
#}
{% macro keyed_hash(column) -%}
    {{ return(adapter.dispatch('keyed_hash', 'retail_marts')(column)) }}
{%- endmacro %}

{% macro duckdb__keyed_hash(column) -%}
    left(sha256(getvariable('personal_key') || {{ column }}), 32)
{%- endmacro %}

{# A view can neither name a variable of the session nor hold the key itself. #}
{% macro spark__keyed_hash(column) -%}
    left(sha2((select personal_key from raw.personal_key) || {{ column }}, 256), 32)
{%- endmacro %}
