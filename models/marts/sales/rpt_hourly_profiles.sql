with

lines as (

    select *
    from {{ ref('retail_marts', 'fct_sales_lines') }} where order_at is not null

),

hours as (

    select
        business_id,
        order_id,
        line_type,
        sales_amount,
        {{ iso_weekday('order_date') }} as weekday,
        {{ weekday_name('order_date') }} as weekday_name,
        cast(extract(hour from order_at) as integer) as hour
    from lines

),

final as (

    select
        business_id,
        weekday,
        weekday_name,
        hour,
        count(distinct case when line_type = 'sale' then order_id end) as order_count,
        cast(sum(sales_amount) as decimal(38, 2)) as sales_amount
    from hours
    group by business_id, weekday, weekday_name, hour

)

select * from final
