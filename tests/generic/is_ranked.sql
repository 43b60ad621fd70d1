{# A rank must run from 1 to n within each group, without ties or gaps. #}
{% test is_ranked(model, rank_column, by) %}

select
    {{ by | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ by | join(', ') }}
having
    min({{ rank_column }}) <> 1
    or max({{ rank_column }}) <> count(*)
    or count(distinct {{ rank_column }}) <> count(*)

{% endtest %}
