{#
    Sales lines summed by one column and ranked by amount within a business, with
    shares.

    ranked_sales('lines', 'ship_mode')   -- lines must have business_id and ship_mode
    ranked_sales('days', 'product_id', 'sum(line_count)')   -- sums of lines
#}
{% macro ranked_sales(lines, column, line_count='count(*)') -%}
summed as (

    select
        business_id,
        {{ column }},
        cast({{ line_count }} as bigint) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount
    from {{ lines }}
    where {{ column }} is not null
    group by business_id, {{ column }}

),

ranked as (

    select
        business_id,
        {{ column }},
        cast(
            row_number() over (
                partition by business_id order by sales_amount desc, {{ column }}
            ) as integer
        ) as sales_rank,
        line_count,
        cast(quantity as decimal(38, 4)) as quantity,
        cast(sales_amount as decimal(38, 2)) as sales_amount,
        cast(profit_amount as decimal(38, 2)) as profit_amount,
        {% for share, measure in [
            ('line_share', 'line_count'),
            ('quantity_share', 'quantity'),
            ('sales_share', 'sales_amount'),
        ] -%}
        cast({{ measure }} as double) / nullif(
            cast(sum({{ measure }}) over (partition by business_id) as double), 0
        ) as {{ share }}{{ ',' if not loop.last }}
        {% endfor -%}
    from summed

)
{%- endmacro %}
