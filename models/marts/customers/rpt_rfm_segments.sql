with

customers as (

    select * from {{ ref('retail_marts', 'fct_customer_rfm') }}

),

map as (

    select
        business_id,
        rfm_segment,
        min(description) as description,
        min(strategy) as strategy
    from {{ ref('retail_marts', 'int_rfm_segments_unfolded_to_scores') }}
    group by business_id, rfm_segment

),

businesses as (

    select
        business_id,
        as_of_date,
        count(*) as customer_count,
        sum(monetary_amount) as sales_amount
    from customers
    group by business_id, as_of_date

),

summed as (

    select
        business_id,
        rfm_segment,
        count(*) as customer_count,
        sum(order_count) as order_count,
        sum(monetary_amount) as sales_amount,
        sum(profit_amount) as profit_amount,
        {{ mean('recency_days') }} as mean_recency_days,
        {{ mean('order_count') }} as mean_order_count,
        {{ mean('monetary_amount') }} as mean_monetary_amount
    from customers
    group by business_id, rfm_segment

),

-- Segments without customers have a row, too.
final as (

    select
        map.business_id,
        map.rfm_segment,
        map.description,
        map.strategy,
        coalesce(summed.customer_count, 0) as customer_count,
        cast(coalesce(summed.order_count, 0) as bigint) as order_count,
        cast(coalesce(summed.sales_amount, 0) as decimal(38, 2)) as sales_amount,
        cast(summed.profit_amount as decimal(38, 2)) as profit_amount,
        cast(coalesce(summed.customer_count, 0) as double) / businesses.customer_count
            as customer_share,
        cast(coalesce(summed.sales_amount, 0) as double)
        / nullif(cast(businesses.sales_amount as double), 0) as sales_share,
        cast(summed.mean_recency_days as double) as mean_recency_days,
        cast(summed.mean_order_count as double) as mean_order_count,
        cast(summed.mean_monetary_amount as double) as mean_monetary_amount,
        businesses.as_of_date
    from map
    inner join businesses on map.business_id = businesses.business_id
    left join summed
        on
            map.business_id = summed.business_id
            and map.rfm_segment = summed.rfm_segment

)

select * from final
