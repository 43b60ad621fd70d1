{#
    Every combination of these columns must exist in another relation. Rows with a null
    in one of the columns pass. With `or_shipped`, rows of a shipped
    business pass too, because its source may be switched off.
#}
{% test refers_to(model, columns, to, to_columns=none, or_shipped=false) %}

{%- set pairs = zip(columns, to_columns or columns) | list -%}

-- With `where` in its config, the model is a subquery with its own name.
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
