with

unioned as (

    {{ canonical_union('product_terms') | indent(4) }}

),

latest as (

    {{ latest_descriptions('product_terms', 'unioned') | indent(4) }}

)

select * from latest
