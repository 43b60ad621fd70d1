{#- A table, because all models that read the codes must get the same ones. -#}
{{ config(materialized='table') }}

with

items as (

    select * from {{ ref('retail_marts', 'int_basket_items_unioned') }}

),

thresholds as (

    select * from {{ ref('retail_marts', 'py_basket_thresholds') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

counted as (

    select
        business_id,
        basket_level,
        item_id,
        count(*) as basket_count
    from items
    group by business_id, basket_level, item_id

),

-- Without the ids, a rule on two products of the same name could not be understood.
named as (

    select
        business_id,
        product_id,
        case
            when count(*) over (partition by business_id, product_name) > 1
                then product_name || ' (' || product_id || ')'
            else product_name
        end as item_name
    from products

),

frequent as (

    select
        thresholds.group_code,
        counted.business_id,
        counted.basket_level,
        counted.item_id,
        coalesce(named.item_name, counted.item_id) as item_name,
        counted.basket_count
    from counted
    inner join thresholds
        on
            counted.business_id = thresholds.business_id
            and counted.basket_level = thresholds.basket_level
    left join named
        on
            counted.basket_level = 'product'
            and counted.business_id = named.business_id
            and counted.item_id = named.product_id
    where counted.basket_count >= thresholds.minimum_basket_count

),

-- Sets are shown in the order of codes, so this makes their names alphabetical.
final as (

    select
        group_code,
        cast(
            row_number() over (
                partition by group_code order by item_name, item_id
            ) - 1
            as integer
        ) as item_code,
        business_id,
        basket_level,
        item_id,
        item_name,
        basket_count
    from frequent

)

select * from final
