with

levels as (

    select * from {{ ref('retail_marts', 'int_stock_levels_unioned') }}

),

-- Equal rows of one day may be repeated. Rows without a day are those of the last file.
ranked as (

    select
        *,
        row_number() over (
            partition by business_id, product_id, store_id
            order by
                coalesce(stock_date, date '1900-01-01') desc, source_file desc,
                source_row_number desc
        ) as level_rank
    from levels

),

final as (

    select
        business_id,
        product_id,
        store_id,
        on_hand_quantity,
        on_order_quantity,
        stock_date
    from ranked
    where level_rank = 1

)

select * from final
