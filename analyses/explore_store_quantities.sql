-- Quantity by store name: two stores may share a name, so the name's figure stands
-- beside the store's own.
with

stores as (

    select * from {{ ref('rpt_store_rankings') }}

)

select
    business_id,
    store_name,
    store_id,
    quantity,
    store_name_quantity
from stores
order by business_id, store_name_quantity desc, store_id
