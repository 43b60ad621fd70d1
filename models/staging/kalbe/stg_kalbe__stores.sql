with

source as (

    select * from {{ source('kalbe', 'stores') }}

),

parsed as (

    select
        *,
        {{ parse_number('"Latitude"', decimal_mark=',', data_type='double') }}
            as parsed_latitude,
        {{ parse_number('"Longitude"', decimal_mark=',', data_type='double') }}
            as parsed_longitude
    from source

),

renamed as (

    select
        -- ids
        {{ clean_text('"StoreID"') }} as store_id,

        -- strings
        {{ clean_name('"StoreName"') }} as store_name,
        {{ clean_name('"GroupStore"') }} as store_group,
        {{ clean_name('"Type"') }} as store_type,

        -- numbers
        parsed_latitude as latitude,
        parsed_longitude as longitude,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"StoreID"'),
            is_long_id('"StoreID"'),
            is_no_number(
                '"Latitude"', 'parsed_latitude', form=' with a decimal comma'
            ),
            is_no_number(
                '"Longitude"', 'parsed_longitude', form=' with a decimal comma'
            ),
            repeats('"StoreID"'),
        ]) }} as rejection_reason,
        {{ all_of(cut_names(['"StoreName"', '"GroupStore"', '"Type"']) + [
            (
                'abs(parsed_latitude) > 90 or abs(parsed_longitude) > 180',
                "'a latitude or longitude out of range'"
            ),
        ]) }} as warning,
        {{ raw_row('kalbe', 'stores') }} as raw_row
    from parsed

)

select * from renamed
