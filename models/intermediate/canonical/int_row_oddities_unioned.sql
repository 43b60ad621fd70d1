with

unioned as (

    {{ canonical_union('row_oddities') | indent(4) }}

)

select * from unioned
