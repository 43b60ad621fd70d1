{# A (condition, reason) pair: a business column contains the name of another source. #}
{% macro taken_business_id(entry) -%}
    {%- set names = setting('businesses') | list
        + setting('mapped_sources') | reject('eq', entry.mapped_source) | list -%}
    {%- set quoted = [] -%}
    {%- for name in names -%}{%- do quoted.append(sql_literal(name)) -%}{%- endfor -%}
    {{ return((
        'business_id in (' ~ quoted | join(', ') ~ ')',
        "'business_id ' || business_id || ' is the name of another source'"
    )) }}
{%- endmacro %}
