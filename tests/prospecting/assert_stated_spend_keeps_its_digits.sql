-- The models must use the spend exactly as in the file. A union of different types used
-- to round it to four decimals.
with

features as (

    select * from {{ ref('retail_marts', 'int_spend_features') }}

),

customers as (

    select * from {{ ref('retail_marts', 'int_customers_unioned') }}

),

compared as (

    select
        features.business_id,
        features.customer_id,
        features.actual_amount,
        customers.spend_amount
    from features
    inner join customers
        on
            features.business_id = customers.business_id
            and features.customer_id = customers.customer_id
    where features.spend_measure = 'spend_amount'

)

select * from compared
where actual_amount <> spend_amount or (actual_amount is null) <> (spend_amount is null)
