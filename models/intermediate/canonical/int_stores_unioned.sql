{#- What each source says about its stores; one row a store that a source describes. -#}
with

kalbe as (

    select
        'kalbe' as business_id,
        store_id,
        store_name,
        store_group,
        store_type,
        latitude,
        longitude
    from {{ ref('stg_kalbe__stores') }}
    where rejection_reason is null

),

umkm as (

    select distinct
        'umkm' as business_id,
        store_name as store_id,
        store_name,
        cast(null as varchar) as store_group,
        cast(null as varchar) as store_type,
        cast(null as double) as latitude,
        cast(null as double) as longitude
    from {{ ref('stg_umkm__orders') }}
    where rejection_reason is null

),

-- Many lines hold few descriptions, and only those are put in order.
mapped_described as (

    select
        business_id,
        store_id,
        store_name,
        source_file,
        max(order_date) as order_date,
        max({{ row_order('order_date', 'source_row_number') }}) as row_order
    from {{ ref('stg_mapped__sales_lines') }}
    where rejection_reason is null and store_id is not null and store_name is not null
    group by business_id, store_id, store_name, source_file

),

mapped as (

    select
        business_id,
        store_id,
        {{ latest_of('store_name', ['order_date', 'source_file', 'row_order']) }}
            as store_name,
        cast(null as varchar) as store_group,
        cast(null as varchar) as store_type,
        cast(null as double) as latitude,
        cast(null as double) as longitude
    from mapped_described
    group by business_id, store_id

),

unioned as (

    select * from kalbe
    union all
    select * from umkm
    union all
    select * from mapped

)

select * from unioned
