with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

stores as (

    select * from {{ ref('retail_marts', 'dim_stores') }}

),

{{ ranked_sales('lines', 'store_id') }},

-- Two stores can have the same name, so the figures of the name are added.
final as (

    select
        ranked.business_id,
        ranked.store_id,
        stores.store_name,
        stores.store_group,
        stores.store_type,
        ranked.sales_rank,
        ranked.line_count,
        ranked.quantity,
        ranked.sales_amount,
        ranked.profit_amount,
        ranked.line_share,
        ranked.quantity_share,
        ranked.sales_share,
        cast(
            sum(ranked.quantity) over (
                partition by ranked.business_id, stores.store_name
            ) as decimal(38, 4)
        ) as store_name_quantity,
        cast(
            sum(ranked.sales_amount) over (
                partition by ranked.business_id, stores.store_name
            ) as decimal(38, 2)
        ) as store_name_sales_amount
    from ranked
    inner join stores
        on ranked.business_id = stores.business_id and ranked.store_id = stores.store_id

)

select * from final
