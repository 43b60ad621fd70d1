{#- Counted once, in one pass over the files, for all marts that need the counts. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='changed_files',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
) }}

with

staged_rows as (

    select * from {{ ref('retail_marts', 'int_staged_rows_unioned') }}
    where {{ is_of_changed_file() }}

),

counted as (

    select
        business_id,
        source_table,
        source_file,
        sum(line_count) as landed_line_count,
        sum(case when rejection_reason is not null or is_filtered then 0 else 1 end)
            as accepted_row_count,
        sum(case when rejection_reason is null then 0 else 1 end) as rejected_row_count,
        sum(case when is_filtered then 1 else 0 end) as filtered_row_count,
        sum(
            case
                when rejection_reason like {{ sql_literal('%' ~ late_reason()) }} then 1
                else 0
            end
        ) as late_row_count
    from staged_rows
    group by business_id, source_table, source_file

)

select * from counted
