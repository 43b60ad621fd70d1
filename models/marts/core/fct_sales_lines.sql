{{ config(
    materialized='incremental',
    incremental_strategy='changed_files',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
) }}

-- After the counts, which say for note_refresh which files have late rows.
-- depends_on: {{ ref('retail_marts', 'int_staged_rows_counted') }}
with

lines as (

    select * from {{ ref('retail_marts', 'int_sales_lines_unioned') }}
    where {{ is_of_changed_file() }}

),

final as (

    select
        business_id,
        sales_line_id,
        line_type,
        order_id,
        source_order_id,
        customer_id,
        product_id,
        store_id,
        ship_mode,
        country,
        region,
        market,
        order_priority,
        quantity,
        unit_price_amount,
        sales_amount,
        discount_rate,
        discount_amount,
        profit_amount,
        shipping_cost_amount,
        tax_amount,
        is_flagged_returned,
        order_date,
        order_at,
        ship_date,
        source_table,
        source_file,
        source_row_number
    from lines

)

select * from final
