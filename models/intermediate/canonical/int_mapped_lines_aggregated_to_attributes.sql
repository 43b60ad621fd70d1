{#- Distinct attributes of customers in the lines of each mapped file. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='changed_files',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
) }}
{%- set columns = [
    'business_id', 'customer_id', 'source_table', 'source_file', 'source_row_number',
    'order_date'
] -%}

-- After the counts, which say for note_refresh which files have late rows.
-- depends_on: {{ ref('retail_marts', 'int_staged_rows_counted') }}
with

lines as (

    select * from {{ ref('retail_marts', 'stg_mapped__sales_lines') }}
    where
        rejection_reason is null
        and customer_id is not null
        and {{ is_of_changed_file() }}

),

unlisted as (

    {{ unlisted_attributes('lines', columns) | indent(4) }}

),

aggregated as (

    select
        business_id,
        customer_id,
        attribute,
        value_text,
        value_number,
        source_table,
        source_file,
        count(*) as line_count,
        max(order_date) as order_date,
        max({{ row_order('order_date', 'source_row_number') }}) as row_order
    from unlisted
    group by
        business_id, customer_id, attribute, value_text, value_number, source_table,
        source_file

)

select * from aggregated
