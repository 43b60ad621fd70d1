with

orders as (

    select * from {{ ref('fct_orders') }}

),

managed as (

    select * from {{ ref('int_regions_unioned') }}

),

sold as (

    select
        business_id,
        region,
        min(market) as market
    from orders
    where region is not null
    group by business_id, region

),

final as (

    select
        coalesce(sold.business_id, managed.business_id) as business_id,
        coalesce(sold.region, managed.region) as region,
        sold.market,
        managed.manager_name
    from sold
    full outer join managed
        on sold.business_id = managed.business_id and sold.region = managed.region

)

select * from final
