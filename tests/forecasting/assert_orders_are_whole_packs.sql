-- What to order must be whole packs, at least the minimum, and no pack more than is
-- missing.
with

replenishment as (

    select * from {{ ref('retail_marts', 'rpt_replenishment') }}
    where order_quantity is not null

),

terms as (

    select * from {{ ref('retail_marts', 'dim_product_terms') }}

),

ordered as (

    select
        replenishment.business_id,
        replenishment.store_id,
        replenishment.product_id,
        replenishment.order_quantity,
        cast(coalesce(terms.pack_quantity, 1) as double) as pack_quantity,
        cast(coalesce(terms.minimum_quantity, 0) as double) as minimum_quantity,
        greatest(
            replenishment.reorder_point_quantity
            - cast(replenishment.stock_quantity as double), 0
        ) as missing_quantity
    from replenishment
    left join terms
        on
            replenishment.business_id = terms.business_id
            and replenishment.product_id = terms.product_id

)

select * from ordered
where
    abs(
        order_quantity / pack_quantity - round(order_quantity / pack_quantity)
    ) > 0.000001
    or order_quantity < missing_quantity - 0.000001
    or (missing_quantity = 0) <> (order_quantity = 0)
    or (
        order_quantity > 0
        and order_quantity
        >= greatest(missing_quantity, minimum_quantity) + pack_quantity + 0.000001
    )
    or (order_quantity > 0 and order_quantity < minimum_quantity)
