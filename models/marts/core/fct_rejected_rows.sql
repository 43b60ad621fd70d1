{{ config(
    materialized='incremental',
    incremental_strategy='changed_files',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
) }}

with

staged as (

    select * from {{ ref('int_staged_rows_unioned') }}
    where {{ is_of_changed_file() }}

),

final as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        rejection_reason,
        raw_row
    from staged
    where rejection_reason is not null

)

select * from final
