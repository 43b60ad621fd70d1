with

terms as (

    select * from {{ ref('int_product_terms_unioned') }}

)

select * from terms
