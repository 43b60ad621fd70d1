with

files as (

    select * from {{ source('landing', 'landed_files') }}

),

counted as (

    select * from {{ ref('retail_marts', 'int_staged_rows_counted') }}

),

rows_by_file as (

    select
        source_table,
        source_file,
        sum(landed_line_count) as landed_line_count,
        sum(accepted_row_count) as accepted_row_count,
        sum(rejected_row_count) as rejected_row_count,
        sum(filtered_row_count) as filtered_row_count
    from counted
    group by source_table, source_file

),

final as (

    select
        files.source_table,
        files.source_file,
        files.sha256,
        files.missing_columns,
        files.size_bytes,
        files.raw_line_count,
        cast(coalesce(rows_by_file.landed_line_count, 0) as bigint)
            as landed_line_count,
        cast(coalesce(rows_by_file.accepted_row_count, 0) as bigint)
            as accepted_row_count,
        cast(coalesce(rows_by_file.rejected_row_count, 0) as bigint)
            as rejected_row_count,
        cast(coalesce(rows_by_file.filtered_row_count, 0) as bigint)
            as filtered_row_count
    from files
    left join rows_by_file
        on
            files.source_table = rows_by_file.source_table
            and files.source_file = rows_by_file.source_file

)

select * from final
