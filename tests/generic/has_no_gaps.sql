{# A daily series must have one row for every day from its first to its last. #}
{% test has_no_gaps(model, date_column, by=[]) %}

select
    {% for column in by -%}
    {{ column }},
    {% endfor -%}
    count(*) as day_count
from {{ model }}
{{ 'group by ' ~ by | join(', ') if by }}
having
    count(*) <> {{
        dbt.datediff('min(' ~ date_column ~ ')', 'max(' ~ date_column ~ ')', 'day')
    }} + 1

{% endtest %}
