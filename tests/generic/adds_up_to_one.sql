{# The shares of each group must add up to one. A group with only null shares passes. #}
{% test adds_up_to_one(model, columns, by) %}

select
    {{ by | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ by | join(', ') }}
having
    {% for column in columns -%}
    abs(sum({{ column }}) - 1) > 0.000001
    {{ 'or' if not loop.last }}
    {% endfor %}

{% endtest %}
