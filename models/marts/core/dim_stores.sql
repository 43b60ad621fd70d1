with

described as (

    select * from {{ ref('retail_marts', 'int_stores_unioned') }}

),

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

sold as (

    select distinct
        business_id,
        store_id
    from lines
    where store_id is not null

),

final as (

    select
        coalesce(described.business_id, sold.business_id) as business_id,
        coalesce(described.store_id, sold.store_id) as store_id,
        coalesce(described.store_name, described.store_id, sold.store_id) as store_name,
        described.store_group,
        described.store_type,
        described.latitude,
        described.longitude
    from described
    full outer join sold
        on
            described.business_id = sold.business_id
            and described.store_id = sold.store_id

)

select * from final
