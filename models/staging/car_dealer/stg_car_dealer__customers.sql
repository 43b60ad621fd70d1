with

source as (

    select * from {{ source('car_dealer', 'customers') }}

),

parsed as (

    select
        *,
        case {{ clean_text('"Gender"') }}
            when '0' then 'male' when '1' then 'female'
        end as parsed_gender,
        {{ cast_or_null(parse_number('"Age"', data_type='double'), 'integer') }}
            as parsed_age,
        {{ parse_number('"Annual Salary"', data_type='decimal(28, 8)') }}
            as parsed_income_amount,
        {{ parse_number('"Credit Card Debt"', data_type='decimal(28, 8)') }}
            as parsed_credit_card_debt_amount,
        {{ parse_number('"Net Worth"', data_type='decimal(28, 8)') }}
            as parsed_net_worth_amount,
        {{ parse_number('"Car Purchase Amount"', data_type='decimal(28, 8)') }}
            as parsed_spend_amount
    from source

),

renamed as (

    select
        -- ids
        {{ keyed_hash('lower(' ~ clean_text('"Customer e-mail"') ~ ')') }}
            as customer_id,

        -- strings
        {{ clean_text('"Customer e-mail"') }} as email,
        {{ clean_name('"Customer Name"') }} as customer_name,
        {{ clean_name('"Country"') }} as country,
        parsed_gender as gender,

        -- numbers
        parsed_age as age,
        parsed_income_amount as income_amount,
        parsed_credit_card_debt_amount as credit_card_debt_amount,
        parsed_net_worth_amount as net_worth_amount,
        parsed_spend_amount as spend_amount,

        -- the row in its file
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason([
            is_empty('"Customer e-mail"'),
            is_long_id('"Customer e-mail"'),
            is_no('"Gender"', 'parsed_gender', 'gender code (0 male, 1 female)'),
            is_no('"Age"', 'parsed_age', 'number'),
            is_no_number('"Annual Salary"', 'parsed_income_amount'),
            is_no_number('"Credit Card Debt"', 'parsed_credit_card_debt_amount'),
            is_no_number('"Net Worth"', 'parsed_net_worth_amount'),
            is_no_number('"Car Purchase Amount"', 'parsed_spend_amount'),
            repeats('"Customer e-mail"'),
        ]) }} as rejection_reason,
        {{ all_of(cut_names(['"Customer Name"', '"Country"']) + [
            (
                'parsed_age < 16 or parsed_age > 110',
                "'an age of ' || " ~ shown_value('cast(parsed_age as string)')
            ),
            ('parsed_income_amount = 0', "'an income of zero'"),
            ('parsed_spend_amount < 0', "'a negative spend'"),
        ]) }} as warning,
        {{ raw_row('car_dealer', 'customers') }} as raw_row
    from parsed

)

select * from renamed
