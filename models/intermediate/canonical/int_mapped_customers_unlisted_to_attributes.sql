{%- set columns = [
    'business_id', 'customer_id', 'source_table', 'source_file', 'source_row_number'
] -%}

with

customers as (

    -- Rows of an anonymous id have no customer.
    select * from {{ ref('retail_marts', 'stg_mapped__customers') }}
    where rejection_reason is null and customer_id is not null

),

unlisted as (

    {{ unlisted_attributes('customers', columns) | indent(4) }}

)

select * from unlisted
