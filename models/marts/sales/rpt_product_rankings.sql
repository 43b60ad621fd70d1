with

product_days as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_product_days') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

{{ ranked_sales('product_days', 'product_id', 'sum(line_count)') }},

final as (

    select
        ranked.business_id,
        ranked.product_id,
        products.product_name,
        products.category,
        products.sub_category,
        ranked.sales_rank,
        ranked.line_count,
        ranked.quantity,
        ranked.sales_amount,
        ranked.profit_amount,
        ranked.line_share,
        ranked.quantity_share,
        ranked.sales_share
    from ranked
    inner join products
        on
            ranked.business_id = products.business_id
            and ranked.product_id = products.product_id

)

select * from final
