{#- Each kind of segment is one block here, with one row per customer. -#}
with

rfm as (

    select * from {{ ref('retail_marts', 'fct_customer_rfm') }}

),

unioned as (

    select
        business_id,
        'rfm' as segment_kind,
        customer_id,
        rfm_segment as segment_name
    from rfm

)

select * from unioned
