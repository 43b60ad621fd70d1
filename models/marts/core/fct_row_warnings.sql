with

staged as (

    select * from {{ ref('int_staged_rows_unioned') }}

),

oddities as (

    select * from {{ ref('int_row_oddities_unioned') }}

),

-- Oddities of a single row, and those found by comparing rows.
unioned as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        warning
    from staged
    where rejection_reason is null and warning is not null
    union all
    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        warning
    from oddities

),

final as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        {{ joined_text('warning') }} as warning
    from unioned
    group by business_id, source_table, source_file, source_row_number

)

select * from final
