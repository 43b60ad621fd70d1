with

{{ period_sales('month_start_date') }},

final as (

    select
        business_id,
        month_start_date,
        cast(year(month_start_date) as integer) as year,
        cast(month(month_start_date) as integer) as month,
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
