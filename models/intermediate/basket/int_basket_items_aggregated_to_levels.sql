{#- Every business has one row per level, to explain why it has no baskets or rules. -#}
with

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

baskets as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_baskets') }}

),

items as (

    select * from {{ ref('retail_marts', 'int_basket_items_unioned') }}

),

levels as (

    {% for level in setting('basket_levels') -%}
    select
        business_id,
        '{{ level }}' as basket_level,
        order_count
    from businesses
    union all
    {% endfor -%}
    select
        business_id,
        'none' as basket_level,
        order_count
    from businesses
    where false

),

-- Support is a share of all baskets, including those without an item at the level.
totals as (

    select
        business_id,
        count(distinct basket_code) as basket_total
    from baskets
    group by business_id

),

sizes as (

    select
        business_id,
        basket_level,
        basket_code,
        count(*) as basket_item_count
    from items
    group by business_id, basket_level, basket_code

),

multi_item as (

    select
        business_id,
        basket_level,
        count(*) as multi_item_basket_count
    from sizes
    where basket_item_count > 1
    group by business_id, basket_level

),

item_totals as (

    select
        business_id,
        basket_level,
        count(distinct item_id) as item_total
    from items
    group by business_id, basket_level

),

final as (

    select
        levels.business_id,
        levels.basket_level,
        levels.order_count,
        coalesce(totals.basket_total, 0) as basket_total,
        coalesce(multi_item.multi_item_basket_count, 0) as multi_item_basket_count,
        coalesce(item_totals.item_total, 0) as item_total
    from levels
    left join totals on levels.business_id = totals.business_id
    left join multi_item
        on
            levels.business_id = multi_item.business_id
            and levels.basket_level = multi_item.basket_level
    left join item_totals
        on
            levels.business_id = item_totals.business_id
            and levels.basket_level = item_totals.basket_level

)

select * from final
