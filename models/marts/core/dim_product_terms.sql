with

terms as (

    select * from {{ ref('retail_marts', 'int_product_terms_unioned') }}

)

select * from terms
