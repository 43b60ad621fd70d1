{#- Every series that is forecast, with a name for readers. -#}
with

series as (

    select distinct
        business_id,
        series_level,
        series_id
    from {{ ref('int_sales_series_unioned') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

named as (

    select
        series.business_id,
        series.series_level,
        series.series_id,
        coalesce(products.product_name, stores.store_name, series.series_id)
            as series_name
    from series
    left join products
        on
            series.series_level = 'product'
            and series.business_id = products.business_id
            and series.series_id = products.product_id
    left join stores
        on
            series.series_level = 'store'
            and series.business_id = stores.business_id
            and series.series_id = stores.store_id

)

select * from named
