-- A mistyped year is a valid date, so its row is accepted, but it stretches the daily
-- series over decades without sales. This test only warns, because the date can be
-- right.
{{ config(severity='warn') }}

with

lines as (

    select
        *,
        median(year(order_date)) over (partition by business_id) as usual_year
    from {{ ref('retail_marts', 'fct_sales_lines') }}

)

select
    business_id,
    order_date,
    source_file,
    source_row_number
from lines
where
    abs(year(order_date) - usual_year) > 30
    or order_date > current_date + 1
