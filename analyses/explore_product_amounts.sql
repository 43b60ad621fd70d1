-- The six products with the highest net sales of each business.
with

products as (

    select * from {{ ref('retail_marts', 'rpt_product_rankings') }}

)

select
    business_id,
    sales_rank,
    product_name,
    quantity,
    sales_amount,
    sales_share
from products
where sales_rank <= 6
order by business_id, sales_rank
