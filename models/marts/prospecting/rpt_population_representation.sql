with

results as (

    select * from {{ ref('retail_marts', 'py_population_clusters') }}

),

final as (

    select
        -- ids
        business_id,
        population_id,
        cast(cluster_id as integer) as cluster_id,

        -- strings
        cluster_name,
        representation,
        strategy,

        -- numbers
        population_weight,
        population_share,
        population_share_lower,
        population_share_upper,
        cast(customer_count as integer) as customer_count,
        customer_share,
        customer_share_lower,
        customer_share_upper,
        representation_ratio,
        representation_ratio_lower,
        representation_ratio_upper,
        female_share,
        at_most_one_vehicle_share,
        mean_vehicle_count,
        median_age,
        mean_age,
        {% for column in [
            'median_income_amount', 'mean_income_amount',
            'median_credit_card_debt_amount', 'mean_credit_card_debt_amount',
            'median_debt_amount', 'mean_debt_amount', 'median_net_worth_amount',
            'mean_net_worth_amount'
        ] -%}
        cast({{ column }} as decimal(38, 2)) as {{ column }},
        {% endfor -%}
        customer_median_age,
        {% for column in [
            'customer_median_income_amount', 'customer_median_credit_card_debt_amount',
            'customer_median_net_worth_amount'
        ] -%}
        cast({{ column }} as decimal(38, 2)) as {{ column }}
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from results
    where result_kind = 'representation'

)

select * from final
