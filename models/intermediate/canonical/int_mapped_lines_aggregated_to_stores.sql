{#- Distinct descriptions of stores in the lines of each mapped file. -#}
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
        and store_id is not null
        and store_name is not null
        and {{ is_of_changed_file() }}

),

aggregated as (

    select
        business_id,
        store_id,
        store_name,
        source_table,
        source_file,
        max(order_date) as order_date,
        max({{ row_order('order_date', 'source_row_number') }}) as row_order
    from lines
    group by business_id, store_id, store_name, source_table, source_file

)

select * from aggregated
