with

unioned as (

    {{ canonical_union('stock_levels') | indent(4) }}

)

select * from unioned
