with

results as (

    select *
    from {{ ref('retail_marts', 'py_basket_rules') }} where result_kind = 'itemsets'

),

final as (

    select
        business_id,
        basket_level,
        cast(itemset_rank as integer) as itemset_rank,
        itemset,
        items,
        item_ids,
        cast(item_count as integer) as item_count,
        basket_count,
        basket_total,
        support
    from results

)

select * from final
