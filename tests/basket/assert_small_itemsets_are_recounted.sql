-- Itemsets are counted outside the database, from baskets that were coded and pruned:
-- so those of one and two items are counted here again, from all baskets.
with

itemsets as (

    select * from {{ ref('fct_basket_itemsets') }} where item_count <= 2

),

items as (

    select * from {{ ref('int_basket_items_unioned') }}

),

recounted as (

    select
        itemsets.business_id,
        itemsets.basket_level,
        itemsets.itemset_rank,
        itemsets.basket_count,
        count(first_items.basket_code) as recounted_basket_count
    from itemsets
    left join items as first_items
        on
            itemsets.business_id = first_items.business_id
            and itemsets.basket_level = first_items.basket_level
            and itemsets.item_ids[1] = first_items.item_id
    where
        itemsets.item_count = 1
        or exists (
            select 1
            from items as second_items
            where
                second_items.business_id = first_items.business_id
                and second_items.basket_level = first_items.basket_level
                and second_items.basket_code = first_items.basket_code
                and second_items.item_id = itemsets.item_ids[2]
        )
    group by
        itemsets.business_id,
        itemsets.basket_level,
        itemsets.itemset_rank,
        itemsets.basket_count

)

select * from recounted
where basket_count <> recounted_basket_count
