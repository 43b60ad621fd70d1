{#
    Every combination of these columns must exist in another relation. Rows with a null
    in one of the columns pass.
#}
{% test refers_to(model, columns, to, to_columns=none) %}

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
