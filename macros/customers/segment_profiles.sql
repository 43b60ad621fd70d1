{#
    CTEs up to `segment_profiles`: sizes, means and shares of the segments of customers or
    stores. A share is null where the total is not above zero, because shares of a loss
    have no meaning.

    segment_profiles('customer')
#}
{% macro segment_profiles(subject) -%}
{%- set means = [
    'recency_days', 'order_count', 'line_count', 'monetary_amount', 'quantity',
    'profit_amount', 'shipping_cost_amount'
] -%}
{%- set attributes = [
    'age', 'income_amount', 'credit_card_debt_amount', 'net_worth_amount', 'spend_amount'
] if subject == 'customer' else [] -%}
{%- set shares = [
    ('sales', 'monetary_amount'), ('profit', 'profit_amount')
] + ([('spend', 'spend_amount')] if subject == 'customer' else []) -%}
results as (

    select *
    from {{ ref('retail_marts', 'py_customer_segments') }}
    where subject = '{{ subject }}'

),

features as (

    select * from {{ ref('retail_marts', 'int_segment_features_unioned') }}
    where subject = '{{ subject }}'

),

members as (

    select * from results where result_kind = 'segments' and segment_id is not null

),

labels as (

    select * from results where result_kind = 'labels'

),

summed as (

    select
        members.business_id,
        members.segment_id,
        count(*) as {{ subject }}_count,
        {{ mean('members.silhouette') }} as mean_silhouette,
        {{ mean('members.pca_1') }} as mean_pca_1,
        {{ mean('members.pca_2') }} as mean_pca_2,
        {% for column in means + attributes -%}
        {{ mean('features.' ~ column) }} as mean_{{ column }},
        {% endfor -%}
        {% for share, column in shares -%}
        sum(features.{{ column }}) as {{ share }}_amount,
        {% endfor -%}
        sum(features.order_count) as order_count
    from members
    inner join features
        on
            members.business_id = features.business_id
            and members.subject_id = features.subject_id
    group by members.business_id, members.segment_id

),

totals as (

    select
        business_id,
        sum({{ subject }}_count) as {{ subject }}_count,
        {% for share, _ in shares -%}
        sum({{ share }}_amount) as {{ share }}_amount
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from summed
    group by business_id

),

segment_profiles as (

    select
        summed.business_id,
        labels.segment_name,
        labels.description,
        labels.strategy,
        labels.summary,
        cast(summed.segment_id as integer) as segment_id,
        cast(summed.{{ subject }}_count as bigint) as {{ subject }}_count,
        cast(summed.{{ subject }}_count as double) / totals.{{ subject }}_count
            as {{ subject }}_share,
        cast(summed.order_count as bigint) as order_count,
        {% for column in means + attributes -%}
        {% if column.endswith('_amount') -%}
        cast(summed.mean_{{ column }} as decimal(38, 2)) as mean_{{ column }},
        {% else -%}
        cast(summed.mean_{{ column }} as double) as mean_{{ column }},
        {% endif -%}
        {% endfor -%}
        cast(summed.sales_amount / nullif(summed.order_count, 0) as decimal(38, 2))
            as mean_order_amount,
        {% for share, _ in shares -%}
        cast(summed.{{ share }}_amount as decimal(38, 2)) as {{ share }}_amount,
        case when totals.{{ share }}_amount > 0 then
            cast(coalesce(summed.{{ share }}_amount, 0) as double)
            / cast(totals.{{ share }}_amount as double)
        end as {{ share }}_share,
        {% endfor -%}
        summed.mean_silhouette,
        summed.mean_pca_1,
        summed.mean_pca_2
    from summed
    inner join totals on summed.business_id = totals.business_id
    inner join labels
        on
            summed.business_id = labels.business_id
            and summed.segment_id = labels.segment_id

)
{%- endmacro %}
