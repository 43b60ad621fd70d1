{#- Every product, and product of a store, that is forecast by day, with the days to
    cover and what is in stock. A row without a store is all stores together. -#}
with

forecasts as (

    select * from {{ ref('retail_marts', 'fct_sales_forecasts') }}

),

terms as (

    select * from {{ ref('retail_marts', 'dim_product_terms') }}

),

levels as (

    select * from {{ ref('retail_marts', 'fct_stock_levels') }}

),

series as (

    select distinct
        business_id,
        series_level,
        series_id,
        product_id,
        store_id,
        is_shared,
        forecast_origin_date
    from forecasts
    where
        measure = 'quantity'
        and series_level in ('product', 'store_product')
        and is_best_model
        and grain = 'day'

),

product_stock as (

    select
        business_id,
        product_id,
        sum(on_hand_quantity) as on_hand_quantity,
        sum(on_order_quantity) as on_order_quantity,
        min(stock_date) as stock_date
    from levels
    group by business_id, product_id

),

stock as (

    select
        business_id,
        product_id,
        store_id,
        'store_product' as series_level,
        on_hand_quantity,
        on_order_quantity,
        stock_date
    from levels
    where store_id is not null
    union all
    select
        business_id,
        product_id,
        cast(null as string) as store_id,
        'product' as series_level,
        on_hand_quantity,
        on_order_quantity,
        stock_date
    from product_stock

),

joined as (

    select
        series.business_id,
        series.series_level,
        series.series_id,
        series.product_id,
        series.store_id,
        series.is_shared,
        cast(
            coalesce(
                ceil(terms.lead_time_days),
                {{ setting('replenishment_settings.lead_time_days') }}
            ) as integer
        ) as lead_time_days,
        cast(
            coalesce(
                ceil(terms.lead_time_days),
                {{ setting('replenishment_settings.lead_time_days') }}
            ) + {{ setting('replenishment_settings.review_days') }} as integer
        ) as days_to_cover,
        terms.pack_quantity,
        terms.minimum_quantity,
        stock.on_hand_quantity,
        stock.on_hand_quantity + coalesce(stock.on_order_quantity, 0)
            as stock_quantity,
        stock.stock_date,
        series.forecast_origin_date
    from series
    left join terms
        on
            series.business_id = terms.business_id
            and series.product_id = terms.product_id
    left join stock
        on
            series.business_id = stock.business_id
            and series.series_level = stock.series_level
            and series.product_id = stock.product_id
            and coalesce(series.store_id, '') = coalesce(stock.store_id, '')

)

select * from joined
