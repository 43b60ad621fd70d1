with

unioned as (

    {{ canonical_union('population_implicates') | indent(4) }}

)

select * from unioned
