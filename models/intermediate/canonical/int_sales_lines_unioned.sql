with

unioned as (

    {{ canonical_union('sales_lines') | indent(4) }}

)

select * from unioned
