with

unioned as (

    {{ canonical_union('customers') | indent(4) }}

),

latest as (

    {{ latest_descriptions('customers', 'unioned') | indent(4) }}

)

select * from latest
