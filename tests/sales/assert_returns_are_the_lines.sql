-- The total of each business must contain all lines that were sold or returned, and all
-- of their money.
with

totals as (

    select *
    from {{ ref('retail_marts', 'rpt_return_rates') }} where dimension = 'total'

),

lines as (

    select
        business_id,
        sum(case when line_type = 'sale' then 1 else 0 end) as sold_line_count,
        sum(case when line_type = 'sale' then sales_amount else 0 end)
            as gross_sales_amount,
        sum(
            case
                when line_type = 'return' then -sales_amount
                when line_type = 'sale' and is_flagged_returned then sales_amount
                else 0
            end
        ) as returned_amount
    from {{ ref('retail_marts', 'fct_sales_lines') }}
    where line_type in ('sale', 'return')
    group by business_id

),

returning_businesses as (

    select distinct business_id
    from {{ ref('retail_marts', 'fct_orders') }}
    where is_returned

)

select
    lines.*,
    totals.returned_amount as total_returned_amount
from lines
inner join returning_businesses on lines.business_id = returning_businesses.business_id
left join totals on lines.business_id = totals.business_id
where
    totals.business_id is null
    or lines.sold_line_count <> totals.sold_line_count
    or abs(lines.gross_sales_amount - totals.gross_sales_amount) > 0.01
    or abs(lines.returned_amount - totals.returned_amount) > 0.01
