with

attributes as (

    select * from {{ ref('int_customer_attributes_unioned') }}

)

select * from attributes
