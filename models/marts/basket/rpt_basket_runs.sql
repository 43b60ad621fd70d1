with

results as (

    select *
    from {{ ref('retail_marts', 'py_basket_rules') }} where result_kind = 'runs'

),

final as (

    select
        business_id,
        basket_level,
        basket_total,
        multi_item_basket_count,
        item_total,
        frequent_item_count,
        itemset_count,
        candidate_rule_count,
        rule_count,
        significant_rule_count,
        shuffled_rule_count,
        minimum_basket_count,
        minimum_support,
        minimum_confidence,
        minimum_lift,
        significance_level,
        cast(maximum_length as integer) as maximum_length,
        algorithm,
        false_discovery_control,
        support_note,
        shuffle_note,
        note
    from results

)

select * from final
