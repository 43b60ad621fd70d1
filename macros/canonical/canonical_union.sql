{#
    Every row of every feed of an entity, in the columns and types of the entity. A column
    that a feed lacks is null, a flag that it lacks is false.

    The engine matches the columns of a feed (`union_by_name`), because dbt does not know
    them while it parses or in a unit test. Therefore, a misspelt column is null, but a
    misspelt key stops the build.
#}
{% macro canonical_union(entity) -%}
{%- set columns = canonical_entities()[entity].columns -%}
{%- set key = canonical_entities()[entity].key -%}
{%- set selects = [] -%}
{%- for feed in canonical_feeds(entity) -%}
    {%- set named = [] -%}
    {%- if feed.owner -%}
        {%- do named.append(sql_literal(feed.source) ~ ' as ' ~ feed.owner) -%}
        {%- if feed.model.startswith('stg_') -%}
            {%- do named.append(
                sql_literal(feed.model[4:].replace('__', '.')) ~ ' as source_table'
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set conditions = ['feed.' ~ key ~ ' is not null'] -%}
    {%- if feed.model.startswith('stg_') and entity != 'staged_rows' -%}
        {%- do conditions.append('feed.rejection_reason is null') -%}
    {%- endif -%}
    {%- do selects.append(
        'select ' ~ (named + ['feed.*']) | join(', ') ~ ' from '
        ~ ref('retail_marts', feed.model) ~ ' as feed where ' ~ conditions | join(' and ')
    ) -%}
{%- endfor -%}
select
    {% for column, data_type in columns.items() -%}
    {% set value = 'cast(' ~ column ~ ' as ' ~ data_type ~ ')' -%}
    {{ 'coalesce(' ~ value ~ ', false)' if data_type == 'boolean' else value }}
        as {{ column }}
    {{- ',' if not loop.last }}
    {% endfor -%}
from (
    {{ union_by_name(selects, columns) | indent(4) }}
) as feeds
{%- endmacro %}
