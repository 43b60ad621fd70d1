with

source as (

    select * from {{ source('scf', 'implicates') }}

),

parsed as (

    select
        *,
        {{ parse_number('"WGT"', data_type='double') }} as parsed_weight,
        case {{ clean_text('"HHSEX"') }} when '1' then 'male' when '2' then 'female' end
            as parsed_gender,
        {{ parse_number('"AGE"', data_type='integer') }} as parsed_age,
        {{ parse_number('"INCOME"', data_type='double') }} as parsed_income_amount,
        {{ parse_number('"CCBAL"', data_type='double') }}
            as parsed_credit_card_debt_amount,
        {{ parse_number('"DEBT"', data_type='double') }} as parsed_debt_amount,
        {{ parse_number('"NETWORTH"', data_type='double') }} as parsed_net_worth_amount,
        {{ parse_number('"NVEHIC"', data_type='integer') }} as parsed_vehicle_count,
        {{ parse_number('"OWN"', data_type='integer') }} as parsed_owns_vehicle
    from source

),

renamed as (

    select
        -- ids
        {{ clean_text('"Y1"') }} as implicate_id,
        {{ clean_text('"YY1"') }} as family_id,

        -- strings
        parsed_gender as gender,

        -- numbers
        parsed_weight as weight,
        parsed_age as age,
        parsed_income_amount as income_amount,
        parsed_credit_card_debt_amount as credit_card_debt_amount,
        parsed_debt_amount as debt_amount,
        parsed_net_worth_amount as net_worth_amount,
        parsed_vehicle_count as vehicle_count,

        -- booleans
        parsed_owns_vehicle = 1 as has_vehicle,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"YY1"'),
            is_empty('"Y1"'),
            is_long_id('"YY1"'),
            is_long_id('"Y1"'),
            is_no_number('"WGT"', 'parsed_weight'),
            (
                'parsed_weight <= 0',
                reason_of('WGT', 'cast(parsed_weight as string)', 'is not positive')
            ),
            is_no('"HHSEX"', 'parsed_gender', 'gender code (1 male, 2 female)'),
            is_no('"AGE"', 'parsed_age', 'whole number'),
            is_no_number('"INCOME"', 'parsed_income_amount'),
            is_no_number('"CCBAL"', 'parsed_credit_card_debt_amount'),
            is_no_number('"DEBT"', 'parsed_debt_amount'),
            is_no_number('"NETWORTH"', 'parsed_net_worth_amount'),
            is_no('"NVEHIC"', 'parsed_vehicle_count', 'whole number'),
            is_no('"OWN"', 'parsed_owns_vehicle', 'whole number'),
            repeats('"Y1"'),
        ]) }} as rejection_reason,
        cast(null as string) as warning,
        {{ raw_row('scf', 'implicates') }} as raw_row
    from parsed

)

select * from renamed
