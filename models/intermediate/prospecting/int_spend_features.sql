{#-
    Attributes and spend of customers. The attributes are those that a source states about
    a customer. None is derived from orders, because the sum of orders is the target.
-#}
{%- set features = [
    'gender', 'marital_status', 'customer_group', 'country', 'age', 'income_amount',
    'credit_card_debt_amount', 'net_worth_amount'
] -%}

with

customers as (

    select * from {{ ref('retail_marts', 'int_customers_unioned') }}

),

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

selling_businesses as (

    select distinct business_id from lines

),

buyers as (

    select
        business_id,
        customer_id,
        sum(sales_amount) as sales_amount
    from lines
    where customer_id is not null
    group by business_id, customer_id

),

measured as (

    select
        customers.business_id,
        customers.customer_id,
        case
            when selling_businesses.business_id is not null then 'sales_amount'
            else 'spend_amount'
        end as spend_measure,
        {% for feature in features -%}
        customers.{{ feature }},
        {% endfor -%}
        -- With the decimals of the files: the value would be rounded without this cast.
        case
            when selling_businesses.business_id is not null
                then cast(buyers.sales_amount as decimal(28, 8))
            else cast(customers.spend_amount as decimal(28, 8))
        end as actual_amount
    from customers
    left join selling_businesses
        on customers.business_id = selling_businesses.business_id
    left join buyers
        on
            customers.business_id = buyers.business_id
            and customers.customer_id = buyers.customer_id

)

select * from measured
