with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

{{ ranked_sales('lines', 'ship_mode') }},

final as (

    select
        business_id,
        ship_mode,
        sales_rank,
        line_count,
        quantity,
        sales_amount,
        profit_amount,
        line_share,
        quantity_share,
        sales_share
    from ranked

)

select * from final
