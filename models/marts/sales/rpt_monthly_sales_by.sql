{%- set dimensions = {
    'category': ('products.category', 'products.category'),
    'sub_category': ('products.sub_category', 'products.sub_category'),
    'product': ('lines.product_id', 'products.product_name'),
    'store': ('lines.store_id', 'stores.store_name'),
    'region': ('lines.region', 'lines.region'),
    'customer_group': ('customers.customer_group', 'customers.customer_group'),
    'ship_mode': ('lines.ship_mode', 'lines.ship_mode'),
} -%}
with

lines as (

    select
        *,
        cast(date_trunc('month', order_date) as date) as month_start_date
    from {{ ref('retail_marts', 'fct_sales_lines') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

stores as (

    select * from {{ ref('retail_marts', 'dim_stores') }}

),

customers as (

    select * from {{ ref('retail_marts', 'dim_customers') }}

),

full_months as (

    select * from {{ ref('retail_marts', 'int_sales_months_marked') }}

),

members as (

    {% for dimension, (member_id, member_name) in dimensions.items() -%}
    select
        lines.business_id,
        lines.month_start_date,
        '{{ dimension }}' as dimension,
        coalesce({{ member_id }}, 'unknown') as member_id,
        max(coalesce({{ member_name }}, 'unknown')) as member_name,
        count({{ member_id }}) as known_line_count,
        sum(lines.sales_amount) as sales_amount,
        sum(lines.profit_amount) as profit_amount,
        sum(lines.quantity) as quantity,
        count(distinct case when lines.line_type = 'sale' then lines.order_id end)
            as order_count
    from lines
    {% if 'products.' in member_id ~ member_name -%}
    left join products
        on
            lines.business_id = products.business_id
            and lines.product_id = products.product_id
    {% elif 'stores.' in member_name -%}
    left join stores
        on lines.business_id = stores.business_id and lines.store_id = stores.store_id
    {% elif 'customers.' in member_id -%}
    left join customers
        on
            lines.business_id = customers.business_id
            and lines.customer_id = customers.customer_id
    {% endif -%}
    group by
        lines.business_id,
        lines.month_start_date,
        coalesce({{ member_id }}, 'unknown')
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

-- A dimension that no line of the business has is left out.
known as (

    select
        *,
        sum(known_line_count) over (partition by business_id, dimension)
            as known_in_dimension
    from members

),

-- A member has a row for every month until the business's last, so that a member that
-- stopped selling is seen.
last_months as (

    select
        business_id,
        max(month_start_date) as last_month
    from full_months
    group by business_id

),

lives as (

    select
        known.business_id,
        known.dimension,
        known.member_id,
        max(known.member_name) as member_name,
        min(known.month_start_date) as first_month,
        max(last_months.last_month) as last_month,
        case when count(known.quantity) > 0 then 0 end as no_quantity,
        case when count(known.profit_amount) > 0 then 0 end as no_profit
    from known
    inner join last_months on known.business_id = last_months.business_id
    where known.known_in_dimension > 0
    group by known.business_id, known.dimension, known.member_id

),

months as (

    {{ months_between(
        'lives', 'first_month', 'last_month',
        [
            'business_id', 'dimension', 'member_id', 'member_name',
            'no_quantity', 'no_profit'
        ]
    ) | indent(4) }}

),

filled as (

    select
        months.business_id,
        months.month_start_date,
        months.dimension,
        months.member_id,
        months.member_name,
        full_months.is_full_month,
        coalesce(known.sales_amount, 0) as sales_amount,
        coalesce(known.profit_amount, months.no_profit) as profit_amount,
        coalesce(known.quantity, months.no_quantity) as quantity,
        coalesce(known.order_count, 0) as order_count
    from months
    inner join full_months
        on
            months.business_id = full_months.business_id
            and months.month_start_date = full_months.month_start_date
    left join known
        on
            months.business_id = known.business_id
            and months.month_start_date = known.month_start_date
            and months.dimension = known.dimension
            and months.member_id = known.member_id

),

compared as (

    select
        *,
        sum(sales_amount) over (
            partition by business_id, dimension, month_start_date
        ) as dimension_sales_amount,
        lag(case when is_full_month then sales_amount end) over (
            partition by business_id, dimension, member_id order by month_start_date
        ) as previous_sales_amount
    from filled

),

final as (

    select
        business_id,
        month_start_date,
        dimension,
        member_id,
        member_name,
        cast(sales_amount as decimal(38, 2)) as sales_amount,
        cast(profit_amount as decimal(38, 2)) as profit_amount,
        cast(quantity as decimal(38, 4)) as quantity,
        cast(order_count as bigint) as order_count,
        cast(sales_amount as double)
        / nullif(cast(dimension_sales_amount as double), 0) as sales_share,
        case when is_full_month and previous_sales_amount > 0 then
            cast(sales_amount as double) / cast(previous_sales_amount as double) - 1
        end as growth,
        is_full_month
    from compared

)

select * from final
