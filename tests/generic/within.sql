{# Every value of these columns lies between two numbers, both included; nulls pass. #}
{% test within(model, columns, minimum, maximum) %}

select *
from {{ model }}
where
    {% for column in columns -%}
    {{ column }} < {{ minimum }}
    or {{ column }} > {{ maximum }}
    {{ 'or' if not loop.last }}
    {% endfor %}

{% endtest %}
