{#-
    The features of segments: one row per customer or store, with null for unknown values.
    Includes customers without purchases, because each customer has a row in the marts.
-#}
{{ config(materialized='table') }}
{%- set attributes = [
    'income_amount', 'credit_card_debt_amount', 'net_worth_amount', 'spend_amount'
] -%}

with

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

customers as (

    select * from {{ ref('retail_marts', 'dim_customers') }}

),

stores as (

    select * from {{ ref('retail_marts', 'dim_stores') }}

),

-- Lines after the as-of date are left out.
lines as (

    select sales_lines.*
    from {{ ref('retail_marts', 'fct_sales_lines') }} as sales_lines
    inner join businesses on sales_lines.business_id = businesses.business_id
    where sales_lines.order_date <= businesses.as_of_date

),

{% for subject in ['customer', 'store'] -%}
{{ subject }}_orders as (

    select
        business_id,
        {{ subject }}_id,
        order_id,
        max(order_date) as last_sale_date
    from lines
    where line_type = 'sale' and {{ subject }}_id is not null
    group by business_id, {{ subject }}_id, order_id

),

{{ subject }}_order_counts as (

    select
        business_id,
        {{ subject }}_id,
        count(*) as order_count,
        max(last_sale_date) as last_sale_date
    from {{ subject }}_orders
    group by business_id, {{ subject }}_id

),

{{ subject }}_sums as (

    select
        business_id,
        {{ subject }}_id,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as monetary_amount,
        sum(profit_amount) as profit_amount,
        sum(shipping_cost_amount) as shipping_cost_amount
    from lines
    where {{ subject }}_id is not null
    group by business_id, {{ subject }}_id

),

{{ subject }}_features as (

    select
        {{ subject }}s.business_id,
        '{{ subject }}' as subject,
        {{ subject }}s.{{ subject }}_id as subject_id,
        {{ dbt.datediff(
            subject ~ '_order_counts.last_sale_date', 'businesses.as_of_date', 'day'
        ) }} as recency_days,
        {{ subject }}_order_counts.order_count,
        {{ subject }}_sums.line_count,
        cast({{ subject }}_sums.quantity as decimal(38, 4)) as quantity,
        cast({{ subject }}_sums.monetary_amount as decimal(38, 2)) as monetary_amount,
        cast({{ subject }}_sums.profit_amount as decimal(38, 2)) as profit_amount,
        cast({{ subject }}_sums.shipping_cost_amount as decimal(38, 2))
            as shipping_cost_amount,
        {%- if subject == 'customer' %}
        customers.age,
        {% for attribute in attributes -%}
        cast(customers.{{ attribute }} as decimal(38, 2)) as {{ attribute }}
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
        {%- else %}
        cast(null as integer) as age,
        {% for attribute in attributes -%}
        cast(null as decimal(38, 2)) as {{ attribute }}
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
        {%- endif %}
    from {{ subject }}s
    inner join businesses on {{ subject }}s.business_id = businesses.business_id
    left join {{ subject }}_order_counts
        on
            {{ subject }}s.business_id = {{ subject }}_order_counts.business_id
            and {{ subject }}s.{{ subject }}_id
            = {{ subject }}_order_counts.{{ subject }}_id
    left join {{ subject }}_sums
        on
            {{ subject }}s.business_id = {{ subject }}_sums.business_id
            and {{ subject }}s.{{ subject }}_id = {{ subject }}_sums.{{ subject }}_id

),

{% endfor -%}
unioned as (

    select * from customer_features
    union all
    select * from store_features

)

select * from unioned
