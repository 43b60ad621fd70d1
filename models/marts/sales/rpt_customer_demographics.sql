with

customers as (

    select * from {{ ref('retail_marts', 'dim_customers') }}

),

-- Where a business records an attribute, customers without a value form a group.
attributes as (

    {% for attribute in ['gender', 'marital_status', 'customer_group', 'country'] -%}
    select
        business_id,
        '{{ attribute }}' as attribute,
        coalesce({{ attribute }}, 'unknown') as attribute_value,
        count({{ attribute }}) over (partition by business_id) as known_count,
        age,
        income_amount,
        spend_amount
    from customers
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

final as (

    select
        business_id,
        attribute,
        attribute_value,
        count(*) as customer_count,
        avg(cast(age as double)) as mean_age,
        avg(cast(income_amount as double)) as mean_income_amount,
        avg(cast(spend_amount as double)) as mean_spend_amount
    from attributes
    where known_count > 0
    group by business_id, attribute, attribute_value

)

select * from final
