{#-
    What each source says about its products; one row a product that a source describes.
-#}
with

kalbe as (

    select
        'kalbe' as business_id,
        product_id,
        product_name,
        cast(null as varchar) as category,
        cast(null as varchar) as sub_category,
        list_price_amount
    from {{ ref('stg_kalbe__products') }}
    where rejection_reason is null

),

umkm as (

    {% for product_id, header, quantity in umkm_products() -%}
    select
        'umkm' as business_id,
        '{{ product_id }}' as product_id,
        '{{ header }}' as product_name,
        cast(null as varchar) as category,
        cast(null as varchar) as sub_category,
        cast(null as decimal(18, 4)) as list_price_amount
    union all
    {% endfor -%}
    select
        'umkm' as business_id,
        'unnamed' as product_id,
        'unnamed' as product_name,
        cast(null as varchar) as category,
        cast(null as varchar) as sub_category,
        cast(null as decimal(18, 4)) as list_price_amount

),

superstore as (

    select
        'superstore' as business_id,
        product_id,
        {% for column in ['product_name', 'category', 'sub_category'] -%}
        {{ latest_of(column, ['order_date', 'source_row_number']) }} as {{ column }},
        {% endfor -%}
        cast(null as decimal(18, 4)) as list_price_amount
    from {{ ref('int_superstore_orders_keyed') }}
    group by product_id

),

mapped_file as (

    select * from {{ ref('stg_mapped__products') }} where rejection_reason is null

),

-- Sales lines describe their products too; the product file knows better.
mapped_described as (

    select * from {{ ref('int_mapped_lines_aggregated_to_products') }}

),

mapped_latest as (

    select
        business_id,
        product_id,
        {% for column in ['product_name', 'category', 'sub_category'] -%}
        {{ latest_of(column, ['order_date', 'source_file', 'row_order']) }}
            as {{ column }}
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
    from mapped_described
    group by business_id, product_id

),

mapped as (

    select
        coalesce(mapped_file.business_id, mapped_latest.business_id) as business_id,
        coalesce(mapped_file.product_id, mapped_latest.product_id) as product_id,
        {% for column in ['product_name', 'category', 'sub_category'] -%}
        coalesce(mapped_file.{{ column }}, mapped_latest.{{ column }}) as {{ column }},
        {% endfor -%}
        mapped_file.list_price_amount
    from mapped_file
    full outer join mapped_latest
        on
            mapped_file.business_id = mapped_latest.business_id
            and mapped_file.product_id = mapped_latest.product_id

),

unioned as (

    select * from kalbe
    union all
    select * from umkm
    union all
    select * from superstore
    union all
    select * from mapped

)

select * from unioned
