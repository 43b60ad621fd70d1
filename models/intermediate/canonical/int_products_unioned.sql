with

unioned as (

    {{ canonical_union('products') | indent(4) }}

),

-- Returns and write-offs often have a reason ("damaged") in the place of the product's
-- name, so only sales count.
counted as (

    select
        *,
        coalesce(
            sum(sale_count) over (partition by business_id, product_id, product_name), 0
        ) as name_sale_count
    from unioned

),

latest as (

    {{ latest_descriptions(
        'products', 'counted', by_count={'product_name': 'name_sale_count'}
    ) | indent(4) }}

)

select * from latest
