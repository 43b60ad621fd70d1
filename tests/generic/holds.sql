{# Each of these expressions is true of every row, or null. #}
{% test holds(model, expressions) %}

select *
from {{ model }}
where
    {% for expression in expressions -%}
    not ({{ expression }})
    {{ 'or' if not loop.last }}
    {% endfor %}

{% endtest %}
