with

results as (

    select *
    from {{ ref('retail_marts', 'py_basket_rules') }} where result_kind = 'rules'

),

final as (

    select
        business_id,
        basket_level,
        cast(rule_rank as integer) as rule_rank,
        antecedents,
        consequents,
        antecedent_items,
        consequent_items,
        antecedent_item_ids,
        consequent_item_ids,
        cast(antecedent_item_count as integer) as antecedent_item_count,
        cast(consequent_item_count as integer) as consequent_item_count,
        basket_count,
        antecedent_basket_count,
        consequent_basket_count,
        basket_total,
        support,
        antecedent_support,
        consequent_support,
        confidence,
        lift,
        leverage,
        conviction,
        zhangs_metric,
        p_value,
        q_value,
        is_significant,
        is_redundant
    from results

)

select * from final
