{%- set dimensions = {
    'total': ("'total'", "'total'"),
    'category': ('products.category', 'products.category'),
    'sub_category': ('products.sub_category', 'products.sub_category'),
    'product': ('lines.product_id', 'products.product_name'),
    'store': ('lines.store_id', 'stores.store_name'),
} -%}
with

-- A source shows returns by lines of their own, or by a mark on lines that were sold.
lines as (

    select
        *,
        line_type = 'sale' as is_sold,
        line_type = 'return' or (line_type = 'sale' and is_flagged_returned)
            as is_returned
    from {{ ref('retail_marts', 'fct_sales_lines') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

stores as (

    select * from {{ ref('retail_marts', 'dim_stores') }}

),

-- Without any return, a business may record none: a rate of zero would be a guess.
returning_businesses as (

    select distinct business_id
    from lines
    where is_returned

),

summed as (

    {% for dimension, (member_id, member_name) in dimensions.items() -%}
    select
        lines.business_id,
        '{{ dimension }}' as dimension,
        {{ member_id }} as member_id,
        max({{ member_name }}) as member_name,
        sum(case when lines.is_sold then 1 else 0 end) as sold_line_count,
        sum(case when lines.is_returned then 1 else 0 end) as returned_line_count,
        count(distinct case when lines.is_sold then lines.order_id end)
            as sold_order_count,
        count(distinct case when lines.is_returned then lines.order_id end)
            as returned_order_count,
        sum(case when lines.is_sold then lines.sales_amount else 0 end)
            as gross_sales_amount,
        sum(case when lines.is_returned then abs(lines.sales_amount) else 0 end)
            as returned_amount
    from lines
    inner join returning_businesses
        on lines.business_id = returning_businesses.business_id
    {% if 'products.' in member_id ~ member_name -%}
    inner join products
        on
            lines.business_id = products.business_id
            and lines.product_id = products.product_id
    {% elif 'stores.' in member_name -%}
    inner join stores
        on lines.business_id = stores.business_id and lines.store_id = stores.store_id
    {% endif -%}
    where {{ member_id }} is not null and (lines.is_sold or lines.is_returned)
    group by lines.business_id{{ ', ' ~ member_id if dimension != 'total' }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

final as (

    select
        business_id,
        dimension,
        member_id,
        member_name,
        cast(sold_line_count as bigint) as sold_line_count,
        cast(returned_line_count as bigint) as returned_line_count,
        cast(sold_order_count as bigint) as sold_order_count,
        cast(returned_order_count as bigint) as returned_order_count,
        cast(gross_sales_amount as decimal(38, 2)) as gross_sales_amount,
        cast(returned_amount as decimal(38, 2)) as returned_amount,
        cast(returned_line_count as double) / nullif(sold_line_count, 0)
            as line_return_rate,
        cast(returned_order_count as double) / nullif(sold_order_count, 0)
            as order_return_rate,
        cast(returned_amount as double)
        / nullif(cast(gross_sales_amount as double), 0) as amount_return_rate
    from summed

)

select * from final
