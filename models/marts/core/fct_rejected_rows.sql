{{ config(
    materialized='incremental',
    incremental_strategy='changed_files',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
) }}

-- After the counts, which say for note_refresh which files have late rows.
-- depends_on: {{ ref('retail_marts', 'int_staged_rows_counted') }}
with

staged_rows as (

    select * from {{ ref('retail_marts', 'int_staged_rows_unioned') }}

),

rejected as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        rejection_reason,
        raw_row
    from staged_rows
    where rejection_reason is not null and {{ is_of_changed_file() }}

)

select * from rejected
