{%- set factors = ['customers', 'orders_per_customer', 'items_per_order', 'price'] -%}
{%- set customer_types = ['new', 'returning', 'lost', 'unknown'] -%}
{%- set shares = ['quantity', 'mix', 'price'] -%}
{%- set decompositions = {
    'factors': factors + ['other'],
    'customers': customer_types,
    'mix': shares + ['other'],
} -%}
with

lines as (

    select
        *,
        cast(date_trunc('month', order_date) as date) as month_start_date,
        line_type = 'sale' as is_sale,
        line_type = 'sale' and quantity > 0 as is_counted
    from {{ ref('retail_marts', 'fct_sales_lines') }}

),

full_months as (

    select *
    from {{ ref('retail_marts', 'int_sales_months_marked') }} where is_full_month

),

recorded as (

    select
        business_id,
        count(customer_id) > 0 as has_customers,
        count(customer_id) < count(*) as has_unknown_customers,
        count(quantity) > 0 as has_quantity,
        count(case when quantity is not null then product_id end) > 0 as has_products
    from lines
    group by business_id

),

-- An order without a customer counts as a customer of its own.
totals as (

    select
        business_id,
        month_start_date,
        sum(sales_amount) as sales_amount,
        sum(case when is_sale then sales_amount else 0 end) as gross_sales_amount,
        sum(case when is_counted then sales_amount else 0 end) as counted_sales_amount,
        sum(case when is_counted then quantity else 0 end) as quantity,
        count(distinct case when is_sale then order_id end) as order_count,
        count(distinct case when is_sale then customer_id end)
        + count(distinct case when is_sale and customer_id is null then order_id end)
            as customer_count
    from lines
    group by business_id, month_start_date

),

comparisons as (

    select
        'previous' as comparison,
        1 as months_back
    union all
    select
        'year_ago' as comparison,
        12 as months_back

),

month_pairs as (

    select
        full_months.business_id,
        comparisons.comparison,
        full_months.month_start_date,
        cast(
            {{ dbt.dateadd(
                'month', '-comparisons.months_back', 'full_months.month_start_date'
            ) }} as date
        ) as other_date
    from full_months
    cross join comparisons

),

pairs as (

    select month_pairs.*
    from month_pairs
    inner join full_months
        on
            month_pairs.business_id = full_months.business_id
            and month_pairs.other_date = full_months.month_start_date

),

-- A month without a line has a total of zero.
paired as (

    select
        pairs.business_id,
        pairs.comparison,
        pairs.month_start_date,
        {% for side, totals in [('now', 'totals'), ('before', 'other_totals')] -%}
        {% for measure in [
            'sales_amount', 'gross_sales_amount', 'counted_sales_amount', 'quantity',
            'order_count', 'customer_count'
        ] -%}
        coalesce({{ totals }}.{{ measure }}, 0) as {{ measure }}_{{ side }},
        {% endfor -%}
        {% endfor -%}
        recorded.has_customers,
        recorded.has_unknown_customers,
        recorded.has_quantity,
        recorded.has_products
    from pairs
    inner join recorded on pairs.business_id = recorded.business_id
    left join totals
        on
            pairs.business_id = totals.business_id
            and pairs.month_start_date = totals.month_start_date
    left join totals as other_totals
        on
            pairs.business_id = other_totals.business_id
            and pairs.other_date = other_totals.month_start_date

),

-- Where a month with orders has no quantity, each order counts as one item.
counted as (

    select
        *,
        {% for side in ['now', 'before'] -%}
        cast(
            case
                when
                    has_quantity
                    and (quantity_now > 0 or order_count_now = 0)
                    and (quantity_before > 0 or order_count_before = 0)
                    then quantity_{{ side }}
                else order_count_{{ side }}
            end as double
        ) as items_{{ side }}{{ ',' if not loop.last }}
        {% endfor -%}
    from paired

),

-- A month without orders has no ratios. It takes those of the other month, so that the
-- number of customers explains the whole change.
factored as (

    select
        *,
        {% for side, other in [('now', 'before'), ('before', 'now')] -%}
        cast(customer_count_{{ side }} as double) as customers_{{ side }},
        coalesce(
            cast(order_count_{{ side }} as double)
            / nullif(customer_count_{{ side }}, 0),
            cast(order_count_{{ other }} as double)
            / nullif(customer_count_{{ other }}, 0),
            0
        ) as orders_per_customer_{{ side }},
        coalesce(
            items_{{ side }} / nullif(order_count_{{ side }}, 0),
            items_{{ other }} / nullif(order_count_{{ other }}, 0),
            0
        ) as items_per_order_{{ side }},
        coalesce(
            cast(gross_sales_amount_{{ side }} as double) / nullif(items_{{ side }}, 0),
            cast(gross_sales_amount_{{ other }} as double)
            / nullif(items_{{ other }}, 0),
            0
        ) as price_{{ side }}{{ ',' if not loop.last }}
        {% endfor -%}
    from counted

),

factor_parts as (

    select
        *,
        {% for factor in factors -%}
        {{ shapley_share(factor, factors) }} as {{ factor }}_part,
        {% endfor -%}
        cast(
            (sales_amount_now - gross_sales_amount_now)
            - (sales_amount_before - gross_sales_amount_before) as double
        ) as other_part
    from factored

),

customer_months as (

    select
        business_id,
        month_start_date,
        customer_id,
        sum(sales_amount) as sales_amount
    from lines
    group by business_id, month_start_date, customer_id

),

first_months as (

    select
        business_id,
        customer_id,
        min(month_start_date) as first_month
    from lines
    where is_sale and customer_id is not null
    group by business_id, customer_id

),

customer_sides as (

    {% for side, month_column in [
        ('now', 'month_start_date'), ('before', 'other_date')
    ] -%}
    select
        pairs.business_id,
        pairs.comparison,
        pairs.month_start_date,
        pairs.other_date,
        customer_months.customer_id,
        {{ "customer_months.sales_amount" if side == 'now' else '0' }} as now_amount,
        {{ "customer_months.sales_amount" if side == 'before' else '0' }}
            as before_amount,
        {{ '1' if side == 'now' else '0' }} as is_now
    from pairs
    inner join customer_months
        on
            pairs.business_id = customer_months.business_id
            and pairs.{{ month_column }} = customer_months.month_start_date
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

customer_pairs as (

    select
        business_id,
        comparison,
        month_start_date,
        other_date,
        customer_id,
        sum(now_amount) - sum(before_amount) as change_amount,
        max(is_now) as is_now
    from customer_sides
    group by business_id, comparison, month_start_date, other_date, customer_id

),

typed_pairs as (

    select
        customer_pairs.*,
        case
            when customer_pairs.customer_id is null then 'unknown'
            when first_months.first_month > customer_pairs.other_date then 'new'
            when customer_pairs.is_now = 0 then 'lost'
            else 'returning'
        end as driver
    from customer_pairs
    left join first_months
        on
            customer_pairs.business_id = first_months.business_id
            and customer_pairs.customer_id = first_months.customer_id

),

customer_changes as (

    select
        business_id,
        comparison,
        month_start_date,
        {% for driver in customer_types -%}
        cast(sum(case when driver = '{{ driver }}' then change_amount end) as double)
            as {{ driver }}_part{{ ',' if not loop.last }}
        {% endfor -%}
    from typed_pairs
    group by business_id, comparison, month_start_date

),

product_months as (

    select
        business_id,
        month_start_date,
        product_id,
        cast(sum(quantity) as double) as quantity,
        cast(sum(sales_amount) as double) as sales_amount
    from lines
    where is_counted
    group by business_id, month_start_date, product_id

),

product_sides as (

    {% for side, month_column in [
        ('now', 'month_start_date'), ('before', 'other_date')
    ] -%}
    {% set is_now = side == 'now' -%}
    select
        pairs.business_id,
        pairs.comparison,
        pairs.month_start_date,
        product_months.product_id,
        {{ 'product_months.quantity' if is_now else '0' }} as quantity_now,
        {{ 'product_months.sales_amount' if is_now else '0' }} as sales_now,
        {{ '0' if is_now else 'product_months.quantity' }} as quantity_before,
        {{ '0' if is_now else 'product_months.sales_amount' }} as sales_before
    from pairs
    inner join product_months
        on
            pairs.business_id = product_months.business_id
            and pairs.{{ month_column }} = product_months.month_start_date
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

product_pairs as (

    select
        business_id,
        comparison,
        month_start_date,
        product_id,
        sum(quantity_now) as quantity_now,
        sum(sales_now) as sales_now,
        sum(quantity_before) as quantity_before,
        sum(sales_before) as sales_before
    from product_sides
    group by business_id, comparison, month_start_date, product_id

),

-- A product that only one of the two months sold keeps its price: the mix explains it.
priced as (

    select
        *,
        coalesce(
            sales_now / nullif(quantity_now, 0), sales_before / quantity_before
        ) as price_now,
        coalesce(
            sales_before / nullif(quantity_before, 0), sales_now / quantity_now
        ) as price_before
    from product_pairs

),

-- The mean price of each month's products at the prices of each month.
means as (

    select
        business_id,
        comparison,
        month_start_date,
        sum(quantity_now) as quantity_now,
        sum(quantity_before) as quantity_before,
        coalesce(
            sum(quantity_now * price_now) / nullif(sum(quantity_now), 0),
            sum(quantity_before * price_now) / nullif(sum(quantity_before), 0)
        ) as now_at_now,
        coalesce(
            sum(quantity_now * price_before) / nullif(sum(quantity_now), 0),
            sum(quantity_before * price_before) / nullif(sum(quantity_before), 0)
        ) as now_at_before,
        coalesce(
            sum(quantity_before * price_now) / nullif(sum(quantity_before), 0),
            sum(quantity_now * price_now) / nullif(sum(quantity_now), 0)
        ) as before_at_now,
        coalesce(
            sum(quantity_before * price_before) / nullif(sum(quantity_before), 0),
            sum(quantity_now * price_before) / nullif(sum(quantity_now), 0)
        ) as before_at_before
    from priced
    group by business_id, comparison, month_start_date

),

-- Shapley shares of quantity, mix and price.
shared as (

    select
        *,
        (quantity_now - quantity_before) * (
            before_at_before / 3
            + now_at_before / 6
            + before_at_now / 6
            + now_at_now / 3
        ) as quantity_part,
        (now_at_before - before_at_before) * (quantity_before / 3 + quantity_now / 6)
        + (now_at_now - before_at_now) * (quantity_before / 6 + quantity_now / 3)
            as mix_part,
        (before_at_now - before_at_before) * (quantity_before / 3 + quantity_now / 6)
        + (now_at_now - now_at_before) * (quantity_before / 6 + quantity_now / 3)
            as price_part
    from means

),

-- All parts of a pair of months side by side, because an engine may compute what many
-- selects of a union read once for each of them.
side_by_side as (

    select
        factor_parts.business_id,
        factor_parts.comparison,
        factor_parts.month_start_date,
        factor_parts.has_customers,
        factor_parts.has_unknown_customers,
        factor_parts.has_quantity,
        factor_parts.has_products,
        cast(factor_parts.sales_amount_now as decimal(38, 2))
        - cast(factor_parts.sales_amount_before as decimal(38, 2)) as total_change,
        {% for driver in factors + ['other'] -%}
        factor_parts.{{ driver }}_part as factors_{{ driver }},
        {% endfor -%}
        {% for driver in customer_types -%}
        coalesce(customer_changes.{{ driver }}_part, 0) as customers_{{ driver }},
        {% endfor -%}
        {% for driver in shares -%}
        coalesce(shared.{{ driver }}_part, 0) as mix_{{ driver }},
        {% endfor -%}
        cast(
            (factor_parts.sales_amount_now - factor_parts.counted_sales_amount_now)
            - (
                factor_parts.sales_amount_before
                - factor_parts.counted_sales_amount_before
            ) as double
        ) as mix_other
    from factor_parts
    left join customer_changes
        on
            factor_parts.business_id = customer_changes.business_id
            and factor_parts.comparison = customer_changes.comparison
            and factor_parts.month_start_date = customer_changes.month_start_date
    left join shared
        on
            factor_parts.business_id = shared.business_id
            and factor_parts.comparison = shared.comparison
            and factor_parts.month_start_date = shared.month_start_date

),

drivers as (

    {% for decomposition, drivers in decompositions.items() -%}
    {% set is_last = loop.last -%}
    {% for driver in drivers -%}
    select
        '{{ decomposition }}' as decomposition,
        '{{ driver }}' as driver,
        '{{ decomposition }}_{{ driver }}' as part_name
    {% if not (is_last and loop.last) %}union all
    {% endif -%}
    {% endfor -%}
    {% endfor %}
),

parts as (

    select
        side_by_side.business_id,
        side_by_side.comparison,
        side_by_side.month_start_date,
        side_by_side.total_change,
        drivers.decomposition,
        case
            when drivers.decomposition <> 'factors' then drivers.driver
            when drivers.driver = 'customers' and not side_by_side.has_customers
                then 'orders'
            when drivers.driver = 'price' and not side_by_side.has_quantity
                then 'amount_per_order'
            else drivers.driver
        end as driver,
        case drivers.part_name
            {% for decomposition, drivers in decompositions.items() -%}
            {% for driver in drivers -%}
            {% set name = decomposition ~ '_' ~ driver -%}
            when '{{ name }}' then side_by_side.{{ name }}
            {% endfor -%}
            {% endfor -%}
        end as part
    from side_by_side
    cross join drivers
    where
        case drivers.decomposition
            when 'customers'
                then
                    side_by_side.has_customers
                    and (
                        drivers.driver <> 'unknown'
                        or side_by_side.has_unknown_customers
                    )
            when 'mix' then side_by_side.has_products
            else
                (drivers.driver <> 'orders_per_customer' or side_by_side.has_customers)
                and (drivers.driver <> 'items_per_order' or side_by_side.has_quantity)
        end

),

rounded as (

    select
        *,
        cast(part as decimal(38, 2)) as rounded_part,
        row_number() over (
            partition by business_id, comparison, month_start_date, decomposition
            order by abs(part) desc, driver
        ) as size_rank
    from parts

),

-- The largest part takes the cents that rounding leaves.
exact_parts as (

    select
        business_id,
        comparison,
        month_start_date,
        decomposition,
        driver,
        rounded_part + case
            when size_rank = 1
                then
                    total_change - sum(rounded_part) over (
                        partition by
                            business_id, comparison, month_start_date, decomposition
                    )
            else 0
        end as change_amount
    from rounded

),

final as (

    select
        business_id,
        month_start_date as period_start_date,
        decomposition,
        driver,
        cast(
            max(case when comparison = 'previous' then change_amount end)
            as decimal(38, 2)
        ) as change_amount,
        cast(
            max(case when comparison = 'year_ago' then change_amount end)
            as decimal(38, 2)
        ) as year_ago_change_amount
    from exact_parts
    group by business_id, month_start_date, decomposition, driver

)

select * from final
