with

described as (

    select * from {{ ref('retail_marts', 'int_products_unioned') }}

),

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

sold as (

    select distinct
        business_id,
        product_id
    from lines
    where product_id is not null

),

final as (

    select
        coalesce(described.business_id, sold.business_id) as business_id,
        coalesce(described.product_id, sold.product_id) as product_id,
        coalesce(described.product_name, described.product_id, sold.product_id)
            as product_name,
        described.department,
        described.category,
        described.sub_category,
        described.brand,
        described.size,
        described.list_price_amount
    from described
    full outer join sold
        on
            described.business_id = sold.business_id
            and described.product_id = sold.product_id

)

select * from final
