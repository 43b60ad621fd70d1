-- A business that is not compared with a population must have a row with the reason.
with

businesses as (

    select business_id from {{ ref('retail_marts', 'dim_businesses') }}

),

overlap as (

    select * from {{ ref('retail_marts', 'rpt_population_overlap') }}

)

select businesses.business_id
from businesses
left join overlap on businesses.business_id = overlap.business_id
where overlap.business_id is null
