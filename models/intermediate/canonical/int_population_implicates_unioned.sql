{#- Every accepted row of every population, in canonical columns. -#}
with

scf as (

    select
        'scf' as population_id,
        family_id,
        implicate_id,
        gender,
        cast(null as varchar) as marital_status,
        weight,
        cast(age as double) as age,
        income_amount,
        credit_card_debt_amount,
        debt_amount,
        net_worth_amount,
        cast(vehicle_count as double) as vehicle_count
    from {{ ref('stg_scf__implicates') }}
    where rejection_reason is null

),

mapped as (

    select
        population_id,
        family_id,
        implicate_id,
        gender,
        marital_status,
        weight,
        age,
        income_amount,
        credit_card_debt_amount,
        debt_amount,
        net_worth_amount,
        vehicle_count
    from {{ ref('stg_mapped__implicates') }}
    where rejection_reason is null

),

unioned as (

    select * from scf
    union all
    select * from mapped

)

select * from unioned
