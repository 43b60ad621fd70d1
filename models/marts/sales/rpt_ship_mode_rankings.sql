with

lines as (

    select * from {{ ref('fct_sales_lines') }}

),

{{ ranked_sales('lines', 'ship_mode') }}

select * from ranked
