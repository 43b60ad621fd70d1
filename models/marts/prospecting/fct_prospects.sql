with

prospects as (

    select *
    from {{ ref('retail_marts', 'py_prospects') }} where result_kind = 'prospects'

),

families as (

    select *
    from {{ ref('retail_marts', 'py_population_clusters') }}
    where result_kind = 'families'

),

clusters as (

    select * from {{ ref('retail_marts', 'rpt_population_representation') }}

),

final as (

    select
        -- ids
        prospects.business_id,
        prospects.population_id,
        prospects.family_id,
        cast(families.cluster_id as integer) as cluster_id,

        -- strings
        clusters.cluster_name,
        prospects.band,
        prospects.main_reasons,
        prospects.outside_columns,
        prospects.note,
        prospects.gender,
        prospects.marital_status,

        -- numbers
        prospects.weight,
        cast(prospects.implicate_count as integer) as implicate_count,
        prospects.prospect_score,
        prospects.prospect_score_deviation,
        prospects.population_share_above,
        prospects.log_odds,
        prospects.base_log_odds,
        prospects.gender_contribution,
        prospects.marital_status_contribution,
        prospects.age_contribution,
        prospects.income_contribution,
        prospects.credit_card_debt_contribution,
        prospects.net_worth_contribution,
        prospects.age,
        {% for column in [
            'income_amount', 'credit_card_debt_amount', 'net_worth_amount',
            'expected_spend_amount', 'expected_spend_lower_80',
            'expected_spend_upper_80', 'extrapolated_spend_amount'
        ] -%}
        cast(prospects.{{ column }} as decimal(38, 2)) as {{ column }},
        {% endfor -%}
        prospects.vehicle_count,
        prospects.at_most_one_vehicle_share,

        -- booleans
        prospects.has_at_most_one_vehicle,
        prospects.is_outside_customer_range
    from prospects
    left join families
        on
            prospects.business_id = families.business_id
            and prospects.population_id = families.population_id
            and prospects.family_id = families.family_id
    left join clusters
        on
            families.business_id = clusters.business_id
            and families.population_id = clusters.population_id
            and families.cluster_id = clusters.cluster_id

)

select * from final
