-- Itemsets are counted outside the database, from encoded and pruned baskets. This test
-- counts some of them again in SQL, from all baskets: for each business, level and size
-- up to two, the three most frequent and the three least frequent itemsets, which
-- faulty pruning would lose first. Counting all of them would take longer than mining
-- them.
with

placed as (

    select
        *,
        row_number() over (
            partition by business_id, basket_level, item_count order by itemset_rank
        ) as place,
        row_number() over (
            partition by business_id, basket_level, item_count
            order by itemset_rank desc
        ) as last_place
    from {{ ref('retail_marts', 'fct_basket_itemsets') }}
    where item_count <= 2

),

itemsets as (

    select
        business_id,
        basket_level,
        itemset_rank,
        item_count,
        basket_count,
        {{ item_at('item_ids', 1) }} as first_item_id,
        {{ item_at('item_ids', 'item_count') }} as last_item_id
    from placed
    where place <= 3 or last_place <= 3

),

items as (

    select * from {{ ref('retail_marts', 'int_basket_items_unioned') }}

),

recounted as (

    select
        itemsets.business_id,
        itemsets.basket_level,
        itemsets.itemset_rank,
        itemsets.basket_count,
        count(last_items.basket_code) as recounted_basket_count
    from itemsets
    left join items as first_items
        on
            itemsets.business_id = first_items.business_id
            and itemsets.basket_level = first_items.basket_level
            and itemsets.first_item_id = first_items.item_id
    -- For a single item, the first and the last item are the same.
    left join items as last_items
        on
            first_items.business_id = last_items.business_id
            and first_items.basket_level = last_items.basket_level
            and first_items.basket_code = last_items.basket_code
            and itemsets.last_item_id = last_items.item_id
    group by
        itemsets.business_id,
        itemsets.basket_level,
        itemsets.itemset_rank,
        itemsets.basket_count

)

select * from recounted
where basket_count <> recounted_basket_count
