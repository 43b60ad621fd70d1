with

staged as (

    select * from {{ ref('int_staged_rows_unioned') }}

),

oddities as (

    select * from {{ ref('int_row_oddities_unioned') }}

),

-- What a row shows by itself, and what only shows beside other rows.
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
