-- Mean age by marital status and by gender, as in the kalbe exploration.
with

demographics as (

    select * from {{ ref('retail_marts', 'rpt_customer_demographics') }}

)

select
    business_id,
    attribute,
    attribute_value,
    customer_count,
    round(mean_age, 2) as mean_age
from demographics
where attribute in ('gender', 'marital_status')
order by business_id, attribute, attribute_value
