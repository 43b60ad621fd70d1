{#- Distinct descriptions of products in the lines of each mapped file. -#}
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

    select * from {{ ref('retail_marts', 'stg_mapped__sales_lines') }}
    where
        rejection_reason is null
        and product_id is not null
        and coalesce(product_name, department, category, sub_category, brand, size)
        is not null
        and {{ is_of_changed_file() }}

),

aggregated as (

    select
        business_id,
        product_id,
        product_name,
        department,
        category,
        sub_category,
        brand,
        size,
        source_table,
        source_file,
        sum(case when line_type = 'sale' then 1 else 0 end) as sale_count,
        max(order_date) as order_date,
        max({{ row_order('order_date', 'source_row_number') }}) as row_order
    from lines
    group by
        business_id, product_id, product_name, department, category, sub_category,
        brand, size, source_table, source_file

)

select * from aggregated
