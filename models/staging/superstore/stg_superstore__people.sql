with

source as (

    select * from {{ source('superstore', 'people') }}

),

renamed as (

    select
        -- ids
        {{ clean_text('"Region"') }} as region,

        -- strings
        {{ clean_text('"Person"') }} as manager_name,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"Region"'),
            is_empty('"Person"'),
            is_long_id('"Region"'),
            is_long_id('"Person"'),
            repeats('"Region"'),
        ]) }} as rejection_reason,
        cast(null as string) as warning,
        {{ raw_row('superstore', 'people') }} as raw_row
    from source

)

select * from renamed
