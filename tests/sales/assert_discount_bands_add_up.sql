-- The bands of a business must contain all its lines, also those without a known rate.
-- Each band is rounded to cents, so a sum may differ by half a cent per band.
with

bands as (

    select
        business_id,
        sum(line_count) as line_count,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount
    from {{ ref('retail_marts', 'rpt_discount_effects') }}
    group by business_id

),

lines as (

    select
        business_id,
        max(discount_rate) as largest_rate,
        count(*) as line_count,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount
    from {{ ref('retail_marts', 'fct_sales_lines') }}
    group by business_id

)

select
    lines.*,
    bands.sales_amount as band_sales_amount
from lines
left join bands on lines.business_id = bands.business_id
where
    (bands.line_count is null and lines.largest_rate >= 0.000001)
    or lines.line_count <> bands.line_count
    or abs(lines.sales_amount - bands.sales_amount) > 0.06
    or abs(lines.profit_amount - bands.profit_amount) > 0.06
