{#- Every series that is forecast, with a name for readers. -#}
with

series as (

    select distinct
        business_id,
        series_level,
        series_id
    from {{ ref('retail_marts', 'int_sales_series_unioned') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

stores as (

    select * from {{ ref('retail_marts', 'dim_stores') }}

),

store_products as (

    select distinct
        business_id,
        series_id,
        store_id,
        product_id
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_store_product_days') }}

),

identified as (

    select
        series.*,
        case series.series_level
            when 'product' then series.series_id
            when 'store_product' then store_products.product_id
        end as product_id,
        case series.series_level
            when 'store' then series.series_id
            when 'store_product' then store_products.store_id
        end as store_id
    from series
    left join store_products
        on
            series.series_level = 'store_product'
            and series.business_id = store_products.business_id
            and series.series_id = store_products.series_id

),

named as (

    select
        identified.business_id,
        identified.series_level,
        identified.series_id,
        case identified.series_level
            when 'store_product'
                then
                    coalesce(stores.store_name, identified.store_id)
                    || ', '
                    || coalesce(products.product_name, identified.product_id)
            else
                coalesce(
                    products.product_name, stores.store_name, identified.series_id
                )
        end as series_name,
        identified.product_id,
        identified.store_id
    from identified
    left join products
        on
            identified.business_id = products.business_id
            and identified.product_id = products.product_id
    left join stores
        on
            identified.business_id = stores.business_id
            and identified.store_id = stores.store_id

)

select * from named
