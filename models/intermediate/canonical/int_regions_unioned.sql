with

unioned as (

    {{ canonical_union('regions') | indent(4) }}

)

select * from unioned
