-- Every pair of items in enough baskets must be among the itemsets.
with

runs as (

    select * from {{ ref('retail_marts', 'rpt_basket_runs') }}

),

items as (

    select * from {{ ref('retail_marts', 'int_basket_items_unioned') }}

),

itemsets as (

    select
        business_id,
        basket_level,
        count(*) as pair_count
    from {{ ref('retail_marts', 'fct_basket_itemsets') }}
    where item_count = 2
    group by business_id, basket_level

),

pairs as (

    select
        items.business_id,
        items.basket_level,
        items.item_id,
        other_items.item_id as other_item_id,
        count(*) as basket_count
    from items
    inner join items as other_items
        on
            items.business_id = other_items.business_id
            and items.basket_level = other_items.basket_level
            and items.basket_code = other_items.basket_code
            and items.item_id < other_items.item_id
    group by items.business_id, items.basket_level, items.item_id, other_items.item_id

),

expected as (

    select
        pairs.business_id,
        pairs.basket_level,
        count(*) as pair_count
    from pairs
    inner join runs
        on
            pairs.business_id = runs.business_id
            and pairs.basket_level = runs.basket_level
    where
        pairs.basket_count >= runs.minimum_basket_count
        -- A level with more itemsets than the setting allows has none.
        and coalesce(runs.note, '') not like 'more than %'
    group by pairs.business_id, pairs.basket_level

)

select
    expected.*,
    itemsets.pair_count as itemset_pair_count
from expected
left join itemsets
    on
        expected.business_id = itemsets.business_id
        and expected.basket_level = itemsets.basket_level
where expected.pair_count <> coalesce(itemsets.pair_count, 0)
