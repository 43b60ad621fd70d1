{#
    All values of these columns must be between the minimum and the maximum, both
    included. Nulls pass.
#}
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
