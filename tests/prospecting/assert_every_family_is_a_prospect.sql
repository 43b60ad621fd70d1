-- Every family must be listed exactly once, because a missing or repeated family would
-- falsify all sums of weights. The original notebooks counted each family five times.
with

implicates as (

    select * from {{ ref('retail_marts', 'int_population_implicates_unioned') }}

),

populations as (

    select
        population_id,
        count(distinct family_id) as family_count,
        sum(weight) as weight
    from implicates
    group by population_id

),

overlap as (

    select * from {{ ref('retail_marts', 'rpt_population_overlap') }} where is_compared

),

prospects as (

    select
        business_id,
        population_id,
        count(*) as family_count,
        sum(weight) as weight
    from {{ ref('retail_marts', 'fct_prospects') }}
    group by business_id, population_id

)

select
    overlap.business_id,
    overlap.population_id,
    populations.family_count,
    prospects.family_count as prospect_count
from overlap
inner join populations on overlap.population_id = populations.population_id
left join prospects
    on
        overlap.business_id = prospects.business_id
        and overlap.population_id = prospects.population_id
where
    prospects.family_count is null
    or prospects.family_count <> populations.family_count
    or abs(prospects.weight - populations.weight) > 1e-6 * populations.weight
