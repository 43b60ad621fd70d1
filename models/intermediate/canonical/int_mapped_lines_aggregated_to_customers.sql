{#- Distinct descriptions of customers in the lines of each mapped file. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='changed_files',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
) }}
{%- set columns = [
    'customer_name', 'email', 'gender', 'marital_status', 'customer_group', 'city',
    'state', 'country', 'region', 'market', 'age', 'income_amount',
    'credit_card_debt_amount', 'net_worth_amount'
] -%}

-- After the counts, which say for note_refresh which files have late rows.
-- depends_on: {{ ref('retail_marts', 'int_staged_rows_counted') }}
with

lines as (

    select * from {{ ref('retail_marts', 'stg_mapped__sales_lines') }}
    where
        rejection_reason is null
        and customer_id is not null
        and (
            {%- for column in columns %}
            {{ column }} is not null or
            {%- endfor %}
            attributes is not null
        )
        and {{ is_of_changed_file() }}

),

aggregated as (

    select
        business_id,
        customer_id,
        {% for column in columns -%}
        {{ column }},
        {% endfor -%}
        source_table,
        source_file,
        count(*) as line_count,
        max(order_date) as order_date,
        max({{ row_order('order_date', 'source_row_number') }}) as row_order
    from lines
    group by
        business_id, customer_id, {{ columns | join(', ') }}, source_table, source_file

)

select * from aggregated
