with

{{ period_sales('year_start_date') }},

final as (

    select
        business_id,
        year_start_date,
        cast(year(year_start_date) as integer) as year,
        day_count,
        quantity,
        sales_amount,
        gross_sales_amount,
        returned_sales_amount,
        profit_amount,
        order_count,
        sales_growth_rate,
        profit_growth_rate
    from period_sales

)

select * from final
