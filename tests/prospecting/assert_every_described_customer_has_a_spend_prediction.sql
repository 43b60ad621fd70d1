-- Every described customer must have a row. A customer without a prediction has a note
-- with the reason.
with

customers as (

    select * from {{ ref('retail_marts', 'int_customers_unioned') }}

),

predictions as (

    select * from {{ ref('retail_marts', 'fct_spend_predictions') }}

),

matched as (

    select
        coalesce(customers.business_id, predictions.business_id) as business_id,
        coalesce(customers.customer_id, predictions.customer_id) as customer_id,
        customers.customer_id as described_customer_id,
        predictions.customer_id as predicted_customer_id
    from customers
    full outer join predictions
        on
            customers.business_id = predictions.business_id
            and customers.customer_id = predictions.customer_id

)

select * from matched
where described_customer_id is null or predicted_customer_id is null
