{%- set columns = [
    'business_id', 'customer_id', 'source_table', 'source_file', 'source_row_number'
] -%}

with

customers as (

    select * from {{ ref('stg_mapped__customers') }} where rejection_reason is null

),

unlisted as (

    {{ unlisted_attributes('customers', columns) | indent(4) }}

)

select * from unlisted
