with

unioned as (

    {{ canonical_union('row_references') | indent(4) }}

)

select * from unioned
