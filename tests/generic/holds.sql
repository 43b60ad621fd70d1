{# Each expression must be true or null in every row. #}
{% test holds(model, expressions) %}

select *
from {{ model }}
where
    {% for expression in expressions -%}
    not ({{ expression }})
    {{ 'or' if not loop.last }}
    {% endfor %}

{% endtest %}
