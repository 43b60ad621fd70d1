-- A band must contain its share of the population, by weight. It may be larger by at
-- most one family.
with

prospects as (

    select *
    from {{ ref('retail_marts', 'fct_prospects') }} where prospect_score is not null

),

bands as (

    select
        business_id,
        population_id,
        band,
        max(population_share_above) as most_above,
        min(population_share_above) as least_above,
        min(prospect_score) as lowest,
        max(prospect_score) as highest
    from prospects
    group by business_id, population_id, band

)

select wider.*
from bands as wider
inner join bands as narrower
    on
        wider.business_id = narrower.business_id
        and wider.population_id = narrower.population_id
        and wider.least_above > narrower.least_above
where
    wider.highest >= narrower.lowest
    or wider.least_above <= narrower.most_above
