with

product_days as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_product_days') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

product_sales as (

    select
        product_days.business_id,
        products.category,
        products.sub_category,
        sum(product_days.line_count) as line_count,
        sum(product_days.quantity) as quantity,
        sum(product_days.sales_amount) as sales_amount,
        sum(product_days.profit_amount) as profit_amount
    from product_days
    inner join products
        on
            product_days.business_id = products.business_id
            and product_days.product_id = products.product_id
    group by product_days.business_id, products.category, products.sub_category

),

levels as (

    select
        business_id,
        'category' as category_level,
        category as category_name,
        line_count,
        quantity,
        sales_amount,
        profit_amount
    from product_sales
    where category is not null
    union all
    select
        business_id,
        'sub_category' as category_level,
        sub_category as category_name,
        line_count,
        quantity,
        sales_amount,
        profit_amount
    from product_sales
    where sub_category is not null

),

summed as (

    select
        business_id,
        category_level,
        category_name,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount
    from levels
    group by business_id, category_level, category_name

),

final as (

    select
        business_id,
        category_level,
        category_name,
        cast(
            row_number() over (
                partition by business_id, category_level
                order by sales_amount desc, category_name
            ) as integer
        ) as sales_rank,
        cast(line_count as bigint) as line_count,
        cast(quantity as decimal(38, 4)) as quantity,
        cast(sales_amount as decimal(38, 2)) as sales_amount,
        cast(profit_amount as decimal(38, 2)) as profit_amount,
        cast(sales_amount as double) / nullif(
            cast(
                sum(sales_amount) over (partition by business_id, category_level)
                as double
            ), 0
        ) as sales_share,
        cast(profit_amount as double) / nullif(cast(sales_amount as double), 0)
            as profit_rate
    from summed

)

select * from final
