{#- What each source says about its sales regions. A source adds one block here. -#}
with

superstore as (

    select
        'superstore' as business_id,
        region,
        manager_name
    from {{ ref('stg_superstore__people') }}
    where rejection_reason is null

),

unioned as (

    select * from superstore

)

select * from unioned
