with

businesses as (

    select * from {{ ref('int_businesses_unioned') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

lines as (

    select * from {{ ref('fct_sales_lines') }}

),

sale_dates as (

    select
        business_id,
        min(order_date) as first_sale_date,
        max(order_date) as last_sale_date
    from lines
    where line_type = 'sale'
    group by business_id

),

order_counts as (

    select
        business_id,
        count(*) as order_count
    from orders
    where has_sale
    group by business_id

),

final as (

    select
        businesses.business_id,
        businesses.business_name,
        businesses.currency,
        businesses.country_code,
        businesses.time_zone,
        coalesce(order_counts.order_count, 0) as order_count,
        sale_dates.first_sale_date,
        sale_dates.last_sale_date,
        {% if setting('as_of_date') -%}
        cast({{ sql_literal(setting('as_of_date')) }} as date) as as_of_date
        {%- else -%}
        sale_dates.last_sale_date as as_of_date
        {%- endif %}
    from businesses
    left join sale_dates on businesses.business_id = sale_dates.business_id
    left join order_counts on businesses.business_id = order_counts.business_id

)

select * from final
