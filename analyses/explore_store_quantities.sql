-- Quantity by store. Two stores can have the same name, so the quantity of the name is
-- shown as well.
with

stores as (

    select * from {{ ref('retail_marts', 'rpt_store_rankings') }}

)

select
    business_id,
    store_name,
    store_id,
    quantity,
    store_name_quantity
from stores
order by business_id, store_name_quantity desc, store_id
