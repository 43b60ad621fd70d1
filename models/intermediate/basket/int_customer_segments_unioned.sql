{#- Each way to group customers is one block here; a customer stands once in each. -#}
with

rfm as (

    select * from {{ ref('fct_customer_rfm') }}

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
