with

unioned as (

    {{ canonical_union('stores') | indent(4) }}

),

latest as (

    {{ latest_descriptions('stores', 'unioned') | indent(4) }}

)

select * from latest
