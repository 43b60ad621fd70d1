with

results as (

    select * from {{ ref('retail_marts', 'py_prospects') }}

),

final as (

    select
        business_id,
        population_id,
        cast(decile as integer) as decile,
        population_share,
        cast(customer_count as integer) as customer_count,
        customer_share,
        lift,
        cumulative_population_share,
        cumulative_customer_share,
        cumulative_lift,
        lowest_score,
        mean_score,
        observed_share
    from results
    where result_kind = 'lift'

)

select * from final
