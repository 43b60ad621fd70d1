with

described as (

    select * from {{ ref('retail_marts', 'int_customers_unioned') }}

),

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

-- From lines, not from orders: an order has one customer, its lines can have several.
buyers as (

    select
        business_id,
        customer_id,
        min(case when line_type = 'sale' then order_date end) as first_order_date,
        max(case when line_type = 'sale' then order_date end) as last_order_date
    from lines
    where customer_id is not null
    group by business_id, customer_id

),

final as (

    select
        coalesce(described.business_id, buyers.business_id) as business_id,
        coalesce(described.customer_id, buyers.customer_id) as customer_id,
        described.customer_name,
        described.email,
        described.gender,
        described.marital_status,
        described.customer_group,
        described.city,
        described.state,
        described.country,
        described.region,
        described.market,
        described.age,
        cast(described.income_amount as decimal(18, 4)) as income_amount,
        cast(described.credit_card_debt_amount as decimal(18, 4))
            as credit_card_debt_amount,
        cast(described.net_worth_amount as decimal(18, 4)) as net_worth_amount,
        cast(described.spend_amount as decimal(18, 4)) as spend_amount,
        buyers.first_order_date,
        buyers.last_order_date
    from described
    full outer join buyers
        on
            described.business_id = buyers.business_id
            and described.customer_id = buyers.customer_id

)

select * from final
