{#-
    One line per product of an order, and one (`unnamed`) for quantity beyond the product
    columns. The amount of the order is divided among the lines by quantity.
-#}
{%- set products = umkm_products() -%}

with

orders as (

    select
        *,
        quantity - ({{ products | map(attribute=2) | join(' + ') }}) as unnamed_quantity
    from {{ ref('retail_marts', 'stg_umkm__orders') }}
    where rejection_reason is null

),

lines as (

    {% for product_id, header, quantity in products -%}
    select
        source_row_number,
        '{{ product_id }}' as product_id,
        '{{ header }}' as product_name,
        {{ loop.index }} as product_position,
        {{ quantity }} as quantity
    from orders
    where {{ quantity }} <> 0
    union all
    {% endfor -%}
    select
        source_row_number,
        'unnamed' as product_id,
        'unnamed' as product_name,
        {{ products | length + 1 }} as product_position,
        unnamed_quantity as quantity
    from orders
    -- An order without quantity needs one line for its amount.
    where unnamed_quantity <> 0 or quantity <= 0

),

running as (

    select
        orders.*,
        lines.product_id,
        lines.product_name,
        lines.quantity as line_quantity,
        sum(lines.quantity) over (
            partition by lines.source_row_number order by lines.product_position
            rows between unbounded preceding and current row
        ) as running_quantity
    from lines
    inner join orders on lines.source_row_number = orders.source_row_number

),

-- Each line gets the difference of two rounded cumulative amounts, so that the lines of
-- an order add up exactly to its amount.
shared as (

    select
        *,
        case
            when quantity > 0
                then cast(
                    round(sales_amount * running_quantity / quantity, 4)
                    as decimal(18, 4)
                ) - cast(
                    round(
                        sales_amount * (running_quantity - line_quantity) / quantity, 4
                    ) as decimal(18, 4)
                )
            when product_id = 'unnamed' then sales_amount
            else cast(0 as decimal(18, 4))
        end as line_amount
    from running

),

keyed as (

    select
        cast(source_row_number as string) || ':' || product_id as sales_line_id,
        {{ line_type('false', 'line_quantity', 'line_amount') }} as line_type,
        order_id || '|' || {{ keyed_hash('customer_name') }} || '|'
        || cast(order_date as string) as order_id,
        order_id as source_order_id,
        {{ keyed_hash('customer_name') }} as customer_id,
        customer_name,
        product_id,
        product_name,
        store_name as store_id,
        store_name,
        cast(line_quantity as decimal(18, 4)) as quantity,
        cast(line_amount as decimal(18, 4)) as sales_amount,
        order_date,
        'umkm.orders' as source_table,
        source_file,
        source_row_number
    from shared

)

select * from keyed
