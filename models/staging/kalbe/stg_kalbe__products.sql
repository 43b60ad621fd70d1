with

source as (

    select * from {{ source('kalbe', 'products') }}

),

parsed as (

    select
        *,
        {{ parse_number('"Price"', decimal_mark=',') }} as parsed_list_price_amount
    from source

),

renamed as (

    select
        -- ids
        {{ clean_text('"ProductID"') }} as product_id,

        -- strings
        {{ clean_name('"Product Name"') }} as product_name,

        -- numbers
        parsed_list_price_amount as list_price_amount,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"ProductID"'),
            is_long_id('"ProductID"'),
            is_no_number('"Price"', 'parsed_list_price_amount'),
            repeats('"ProductID"'),
        ]) }} as rejection_reason,
        {{ all_of(cut_names(['"Product Name"']) + [
            (clean_text('"Product Name"') ~ ' is null', "'no product name'"),
        ]) }} as warning,
        {{ raw_row('kalbe', 'products') }} as raw_row
    from parsed

)

select * from renamed
