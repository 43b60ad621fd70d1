with

unioned as (

    {{ canonical_union('products') | indent(4) }}

),

latest as (

    {{ latest_descriptions('products', 'unioned') | indent(4) }}

)

select * from latest
