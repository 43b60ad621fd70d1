with

products as (

    select * from {{ ref('dim_products') }}

),

lines as (

    select * from {{ ref('fct_sales_lines') }}

),

baskets as (

    select * from {{ ref('int_sales_lines_aggregated_to_baskets') }}

),

-- What was on a line but in no basket is no choice of the customer's; what was never
-- sold may become one.
final as (

    select
        business_id,
        product_id,
        category,
        sub_category
    from products
    where
        exists (
            select 1
            from baskets
            where
                baskets.business_id = products.business_id
                and baskets.product_id = products.product_id
        )
        or not exists (
            select 1
            from lines
            where
                lines.business_id = products.business_id
                and lines.product_id = products.product_id
        )

)

select * from final
