{#- Limited to the top products: a table of millions of pairs would be of no use. -#}
with

product_days as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_product_days') }}

),

ranked as (

    select
        business_id,
        product_id,
        row_number() over (
            partition by business_id order by sum(quantity) desc nulls last, product_id
        ) as quantity_rank
    from product_days
    group by business_id, product_id

),

filtered as (

    select
        product_days.business_id,
        product_days.product_id,
        product_days.sales_date,
        cast(coalesce(product_days.quantity, 0) as double) as quantity
    from product_days
    inner join ranked
        on
            product_days.business_id = ranked.business_id
            and product_days.product_id = ranked.product_id
    where ranked.quantity_rank <= {{ setting('correlation_max_products') }}

)

select * from filtered
