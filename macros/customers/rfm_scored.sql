{#
    CTEs `rfm_bounds`, `rfm_quintiles` and `rfm_scored`: scores from 1 to 5 within each
    group, by quintiles of recency_days, order_count and monetary_amount. Fewer days are
    better, so the recency score is reversed. fm_score is the mean of f_score and
    m_score, with halves rounded up.

    rfm_scored('totals', ['business_id'])   -- totals must have these columns
#}
{% macro rfm_scored(relation, by) -%}
rfm_bounds as (

    select
        {{ by | join(',\n        ') }},
        {{ quintile_bounds('recency_days') }} as recency_bounds,
        {{ quintile_bounds('order_count') }} as order_bounds,
        {{ quintile_bounds('monetary_amount') }} as monetary_bounds
    from {{ relation }}
    group by {{ by | join(', ') }}

),

rfm_quintiles as (

    select
        {{ relation }}.*,
        6 - {{ quintile(relation ~ '.recency_days', 'rfm_bounds.recency_bounds') }}
            as r_score,
        {{ quintile(relation ~ '.order_count', 'rfm_bounds.order_bounds') }} as f_score,
        {{ quintile(relation ~ '.monetary_amount', 'rfm_bounds.monetary_bounds') }}
            as m_score
    from {{ relation }}
    inner join rfm_bounds
        on
            {% for column in by -%}
            {{ relation }}.{{ column }} = rfm_bounds.{{ column }}
            {{- ' and ' if not loop.last }}
            {% endfor %}
),

rfm_scored as (

    select
        *,
        {{ rfm_fm_score('f_score', 'm_score') }} as fm_score
    from rfm_quintiles

)
{%- endmacro %}
