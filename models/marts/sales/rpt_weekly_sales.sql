with

{{ period_sales('week_start_date') }},

final as (

    select
        business_id,
        week_start_date,
        {{ iso_year('week_start_date') }} as iso_year,
        {{ iso_week('week_start_date') }} as iso_week,
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
