{# The shares of each group add up to one; a group whose shares are all null passes. #}
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
