with

unioned as (

    {{ canonical_union('staged_rows') | indent(4) }}

)

select * from unioned
