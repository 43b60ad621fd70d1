with

source as (

    select * from {{ source('superstore', 'returns') }}

),

renamed as (

    select
        -- ids
        {{ clean_text('"Order ID"') }} as order_id,

        -- strings
        {{ clean_text('"Region"') }} as region,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"Order ID"'),
            is_long_id('"Order ID"'),
            (
                "lower(" ~ clean_text('"Returned"') ~ ") is distinct from 'yes'",
                "'Returned is not Yes'"
            ),
            repeats('"Order ID"'),
        ]) }} as rejection_reason,
        cast(null as string) as warning,
        {{ raw_row('superstore', 'returns') }} as raw_row
    from source

)

select * from renamed
