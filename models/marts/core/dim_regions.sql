with

described as (

    select * from {{ ref('retail_marts', 'int_regions_unioned') }}

),

orders as (

    select * from {{ ref('retail_marts', 'fct_orders') }}

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
        coalesce(sold.business_id, described.business_id) as business_id,
        coalesce(sold.region, described.region) as region,
        sold.market,
        described.manager_name
    from sold
    full outer join described
        on
            sold.business_id = described.business_id
            and sold.region = described.region

)

select * from final
