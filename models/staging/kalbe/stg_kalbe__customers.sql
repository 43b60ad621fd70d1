with

source as (

    select * from {{ source('kalbe', 'customers') }}

),

parsed as (

    select
        *,
        {{ parse_number('"Age"', decimal_mark=',', data_type='integer') }}
            as parsed_age,
        -- The file states millions of rupiah.
        {{ parse_number('"Income"', decimal_mark=',', data_type='decimal(28, 8)') }}
            * 1000000 as parsed_income_amount,
        case {{ clean_text('"Gender"') }}
            when '0' then 'female' when '1' then 'male'
        end as parsed_gender
    from source

),

renamed as (

    select
        -- ids
        {{ clean_text('"CustomerID"') }} as customer_id,

        -- strings
        parsed_gender as gender,
        lower({{ clean_name('"Marital Status"') }}) as marital_status,

        -- numbers
        parsed_age as age,
        cast(parsed_income_amount as decimal(28, 8)) as income_amount,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"CustomerID"'),
            is_long_id('"CustomerID"'),
            is_no('"Age"', 'parsed_age', 'whole number'),
            is_no('"Gender"', 'parsed_gender', 'gender code (0 female, 1 male)'),
            is_no_number(
                '"Income"', 'parsed_income_amount', form=' with a decimal comma'
            ),
            repeats('"CustomerID"'),
        ]) }} as rejection_reason,
        {{ all_of(cut_names(['"Marital Status"']) + [
            (
                "parsed_age < 16 and lower(" ~ clean_text('"Marital Status"')
                ~ ") = 'married'",
                "'married at the age of ' || "
                ~ shown_value('cast(parsed_age as string)')
            ),
            ('parsed_income_amount = 0', "'an income of zero'"),
            (clean_text('"Marital Status"') ~ ' is null', "'no marital status'"),
        ]) }} as warning,
        {{ raw_row('kalbe', 'customers') }} as raw_row
    from parsed

)

select * from renamed
