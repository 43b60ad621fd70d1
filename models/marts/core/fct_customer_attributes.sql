with

attributes as (

    select * from {{ ref('retail_marts', 'int_customer_attributes_unioned') }}

)

select * from attributes
