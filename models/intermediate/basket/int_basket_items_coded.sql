{#- Input of the rules in Python: 3 integers per row, for baskets of 2 items or more -#}
with

items as (

    select * from {{ ref('retail_marts', 'int_basket_items_unioned') }}

),

frequent as (

    select * from {{ ref('retail_marts', 'int_basket_items_filtered_to_frequent') }}

),

coded as (

    select
        frequent.group_code,
        items.basket_code,
        frequent.item_code,
        count(*) over (
            partition by frequent.group_code, items.basket_code
        ) as basket_item_count
    from items
    inner join frequent
        on
            items.business_id = frequent.business_id
            and items.basket_level = frequent.basket_level
            and items.item_id = frequent.item_id

),

final as (

    select
        group_code,
        basket_code,
        item_code
    from coded
    where basket_item_count > 1

)

select * from final
