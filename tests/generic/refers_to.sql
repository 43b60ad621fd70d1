{#
    Every combination of these columns stands in another relation. Rows with a null
    among them pass: what a source lacks refers to nothing. With `or_shipped`, so do rows of
    a shipped business, whose source may be switched off.
#}
{% test refers_to(model, columns, to, to_columns=none, or_shipped=false) %}

{%- set pairs = zip(columns, to_columns or columns) | list -%}

-- A config's `where` makes the model a subquery with a name of its own.
with child as (

    select * from {{ model }}

)

select distinct
    {% for column in columns -%}
    child.{{ column }}{{ ',' if not loop.last }}
    {% endfor -%}
from child
where
    {% for column in columns -%}
    child.{{ column }} is not null
    and {% endfor -%}
    {% if or_shipped -%}
    child.business_id not in ({{ sql_literals(setting('businesses')) }})
    and {% endif -%}
    not exists (
        select 1
        from {{ to }} as parent
        where
            {% for column, to_column in pairs -%}
            parent.{{ to_column }} = child.{{ column }}
            {{- ' and ' if not loop.last }}
            {% endfor %}
    )

{% endtest %}
