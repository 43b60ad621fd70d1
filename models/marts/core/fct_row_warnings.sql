with

-- Warnings from the row itself.
own as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        warning
    from {{ ref('int_staged_rows_unioned') }}
    where rejection_reason is null and warning is not null

),

-- Warnings from comparisons with other rows.
across as (

    select * from {{ ref('int_row_oddities_unioned') }}

),

unioned as (

    select * from own
    union all
    select * from across

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
