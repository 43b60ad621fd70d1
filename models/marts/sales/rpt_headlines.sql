{%- set figures = {
    'sales_amount': ('Net sales', true),
    'profit_amount': ('Profit', true),
    'quantity': ('Units', false),
    'order_count': ('Orders', false),
    'customer_count': ('Customers with an order', false),
    'mean_order_amount': ('Net sales per order', true),
} -%}
with

months as (

    select * from {{ ref('retail_marts', 'int_sales_months_marked') }}

),

days as (

    select * from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_days') }}

),

orders as (

    select * from {{ ref('retail_marts', 'fct_orders') }} where has_sale

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

covered as (

    select
        business_id,
        min(covered_from_date) as covered_from_date,
        max(covered_to_date) as covered_to_date,
        max(month_start_date) as last_month,
        max(month_end_date) as last_month_end,
        max(case when is_full_month then month_start_date end) as full_month,
        max(case when is_full_month then month_end_date end) as full_month_end
    from months
    group by business_id

),

kinds as (

    select
        'latest_full_month' as period,
        1 as previous_months
    union all
    select
        'month_to_date' as period,
        1 as previous_months
    union all
    select
        'year_to_date' as period,
        12 as previous_months

),

periods as (

    select
        covered.business_id,
        covered.covered_from_date,
        kinds.period,
        kinds.previous_months,
        case kinds.period
            when 'latest_full_month' then covered.full_month
            when 'month_to_date'
                then greatest(covered.last_month, covered.covered_from_date)
            else
                greatest(
                    cast(date_trunc('year', covered.covered_to_date) as date),
                    covered.covered_from_date
                )
        end as start_date,
        case
            when kinds.period = 'latest_full_month' then covered.full_month_end
            else covered.covered_to_date
        end as end_date
    from covered
    cross join kinds
    where
        (kinds.period <> 'latest_full_month' or covered.full_month is not null)
        and (
            kinds.period <> 'month_to_date'
            or covered.covered_to_date < covered.last_month_end
        )

),

comparisons as (

    select 'current' as comparison
    union all
    select 'previous' as comparison
    union all
    select 'year_ago' as comparison

),

shifts as (

    select
        periods.*,
        comparisons.comparison,
        case comparisons.comparison
            when 'current' then 0
            when 'previous' then periods.previous_months
            else 12
        end as months_back,
        cast({{ dbt.last_day('periods.end_date', 'month') }} as date)
        = periods.end_date as is_month_end
    from periods
    cross join comparisons

),

shifted as (

    select
        *,
        cast({{ dbt.dateadd('month', '-months_back', 'start_date') }} as date)
            as from_date,
        cast({{ dbt.dateadd('month', '-months_back', 'end_date') }} as date)
            as same_day
    from shifts

),

-- The end of a month is compared with the end of the other, whatever their lengths. 30
-- days of March have no match in February.
spans as (

    select
        *,
        case
            when is_month_end then cast({{ dbt.last_day('same_day', 'month') }} as date)
            else same_day
        end as to_date
    from shifted
    where
        from_date >= covered_from_date
        and (is_month_end or day(same_day) = day(end_date))

),

-- A measure that the business never records has no headline.
recorded as (

    select
        business_id,
        case when count(profit_amount) > 0 then 0 end as no_profit,
        case when count(quantity) > 0 then 0 end as no_quantity
    from days
    group by business_id

),

known_customers as (

    select
        business_id,
        case when count(customer_id) > 0 then 0 end as no_customer
    from orders
    group by business_id

),

summed as (

    select
        spans.business_id,
        spans.period,
        spans.comparison,
        sum(days.sales_amount) as sales_amount,
        sum(days.profit_amount) as profit_amount,
        sum(days.quantity) as quantity
    from spans
    inner join days
        on
            spans.business_id = days.business_id
            and days.sales_date between spans.from_date and spans.to_date
    group by spans.business_id, spans.period, spans.comparison

),

ordered as (

    select
        spans.business_id,
        spans.period,
        spans.comparison,
        count(*) as order_count,
        count(distinct orders.customer_id) as customer_count
    from spans
    inner join orders
        on
            spans.business_id = orders.business_id
            and orders.order_date between spans.from_date and spans.to_date
    group by spans.business_id, spans.period, spans.comparison

),

measured as (

    select
        spans.business_id,
        spans.period,
        spans.comparison,
        cast(cast(coalesce(summed.sales_amount, 0) as decimal(38, 2)) as double)
            as sales_amount,
        cast(
            cast(
                coalesce(summed.profit_amount, recorded.no_profit) as decimal(38, 2)
            ) as double
        ) as profit_amount,
        cast(coalesce(summed.quantity, recorded.no_quantity) as double) as quantity,
        cast(coalesce(ordered.order_count, 0) as double) as order_count,
        cast(
            case
                when known_customers.no_customer is not null
                    then coalesce(ordered.customer_count, 0)
            end as double
        ) as customer_count,
        cast(summed.sales_amount as double) / ordered.order_count as mean_order_amount
    from spans
    inner join recorded on spans.business_id = recorded.business_id
    left join known_customers on spans.business_id = known_customers.business_id
    left join summed
        on
            spans.business_id = summed.business_id
            and spans.period = summed.period
            and spans.comparison = summed.comparison
    left join ordered
        on
            spans.business_id = ordered.business_id
            and spans.period = ordered.period
            and spans.comparison = ordered.comparison

),

-- Read once: an engine may compute a CTE again for each of its readers.
side_by_side as (

    select
        business_id,
        period,
        {% for figure in figures -%}
        {% for comparison in ['current', 'previous', 'year_ago'] -%}
        max(case when comparison = '{{ comparison }}' then {{ figure }} end)
            as {{ comparison }}_{{ figure }}
            {%- if not loop.last %},
        {% endif -%}
        {% endfor -%}
        {% if not loop.last %},
        {% endif -%}
        {% endfor %}
    from measured
    group by business_id, period

),

figures as (

    {% for figure, (label, is_money) in figures.items() -%}
    select
        '{{ figure }}' as figure,
        '{{ label }}' as figure_label,
        {{ 'true' if is_money else 'false' }} as is_money
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

compared as (

    select
        side_by_side.business_id,
        side_by_side.period,
        figures.figure,
        figures.figure_label,
        figures.is_money,
        {% for comparison, column in [
            ('current', 'figure_value'),
            ('previous', 'previous_value'),
            ('year_ago', 'year_ago_value'),
        ] -%}
        case figures.figure
            {% for figure in figures -%}
            when '{{ figure }}' then side_by_side.{{ comparison }}_{{ figure }}
            {% endfor -%}
        end as {{ column }}
        {%- if not loop.last %},
        {% endif -%}
        {% endfor %}
    from side_by_side
    cross join figures

),

labelled as (

    select
        compared.*,
        periods.start_date,
        periods.end_date,
        case
            when compared.period = 'latest_full_month'
                then 'in ' || {{ month_label('periods.start_date') }}
            when periods.start_date = periods.end_date
                then 'on ' || {{ day_label('periods.end_date') }}
            else
                'from ' || {{ day_label('periods.start_date') }}
                || ' to ' || {{ day_label('periods.end_date') }}
        end as period_label,
        case
            when compared.period = 'latest_full_month'
                then
                    {{ month_label(
                        dbt.dateadd('month', -1, 'periods.start_date')
                    ) }}
            when compared.period = 'month_to_date'
                then 'the same days one month earlier'
        end as previous_label,
        case
            when compared.period = 'latest_full_month'
                then
                    {{ month_label(
                        dbt.dateadd('month', -12, 'periods.start_date')
                    ) }}
            else 'the same days one year earlier'
        end as year_ago_label,
        case
            when compared.is_money and businesses.currency is not null
                then businesses.currency || ' '
            else ''
        end as currency_label
    from compared
    inner join periods
        on
            compared.business_id = periods.business_id
            and compared.period = periods.period
    inner join businesses on compared.business_id = businesses.business_id
    where compared.figure_value is not null

),

final as (

    select
        business_id,
        figure,
        period,
        figure_label || ' ' || period_label || ': ' || currency_label
        || case
            when is_money and abs(figure_value) < 1000
                then {{ shown_number('figure_value', 2) }}
            else {{ shown_number('figure_value', 0) }}
        end
        || ', '
        || case
            when previous_value is null and year_ago_value is null
                then 'not comparable with ' || coalesce(previous_label || ' or ', '')
            when previous_label is not null
                then
                    {{ headline_change(
                        'figure_value', 'previous_value', 'previous_label'
                    ) | indent(20) }}
                    || ' and '
            else ''
        end
        || case
            when previous_value is null and year_ago_value is null then year_ago_label
            else
                {{ headline_change(
                    'figure_value', 'year_ago_value', 'year_ago_label'
                ) | indent(16) }}
        end
        || '.' as sentence,
        figure_value as value,
        previous_value,
        year_ago_value,
        case when previous_value > 0 then figure_value / previous_value - 1 end
            as change_rate,
        case when year_ago_value > 0 then figure_value / year_ago_value - 1 end
            as year_ago_change_rate,
        start_date as period_start_date,
        end_date as period_end_date
    from labelled

)

select * from final
