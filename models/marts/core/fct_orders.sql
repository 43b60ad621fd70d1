{{ config(
    materialized='incremental',
    incremental_strategy='changed_lines',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
    meta={'changed_line_key': ['business_id', 'order_id']},
) }}

with

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}
    where {{ is_of_changed_line() }}

),

-- Lines of one order can name different customers, stores or days. The order has the
-- smallest value, so that repeated builds give the same result.
final as (

    select
        business_id,
        order_id,
        min(source_order_id) as source_order_id,
        min(customer_id) as customer_id,
        min(store_id) as store_id,
        min(ship_mode) as ship_mode,
        min(country) as country,
        min(region) as region,
        min(market) as market,
        count(*) as line_count,
        cast(sum(quantity) as decimal(38, 4)) as quantity,
        cast(sum(sales_amount) as decimal(38, 2)) as sales_amount,
        cast(
            sum(case when line_type = 'sale' then sales_amount else 0 end)
            as decimal(38, 2)
        ) as gross_sales_amount,
        cast(
            -sum(case when line_type = 'return' then sales_amount else 0 end)
            as decimal(38, 2)
        ) as returned_sales_amount,
        cast(sum(profit_amount) as decimal(38, 2)) as profit_amount,
        cast(sum(shipping_cost_amount) as decimal(38, 2)) as shipping_cost_amount,
        max(case when line_type = 'sale' then 1 else 0 end) = 1 as has_sale,
        max(case when is_flagged_returned or line_type = 'return' then 1 else 0 end) = 1
            as is_returned,
        min(order_date) as order_date
    from lines
    group by business_id, order_id

)

select * from final
