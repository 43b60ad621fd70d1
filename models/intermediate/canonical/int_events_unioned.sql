with

unioned as (

    {{ canonical_union('events') | indent(4) }}

)

select * from unioned
