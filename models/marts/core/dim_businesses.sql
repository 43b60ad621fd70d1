{%- set own_dates = setting('as_of_dates') -%}

with

businesses as (

    select * from {{ ref('retail_marts', 'int_businesses_unioned') }}

),

orders as (

    select * from {{ ref('retail_marts', 'fct_orders') }}

),

lines as (

    select * from {{ ref('retail_marts', 'fct_sales_lines') }}

),

sale_dates as (

    select
        business_id,
        min(order_date) as first_sale_date,
        max(order_date) as last_sale_date,
        count(distinct order_date) as sale_day_count
    from lines
    where line_type = 'sale'
    group by business_id

),

order_counts as (

    select
        business_id,
        count(*) as order_count
    from orders
    where has_sale
    group by business_id

),

today as (

    {{ build_days() }}

),

dated as (

    select
        businesses.business_id,
        businesses.business_name,
        businesses.currency,
        businesses.country_code,
        businesses.time_zone,
        coalesce(order_counts.order_count, 0) as order_count,
        sale_dates.first_sale_date,
        sale_dates.last_sale_date,
        case businesses.business_id
            when '' then null
            {% for business_id in own_dates if own_dates[business_id] -%}
            when {{ sql_literal(business_id) }}
                then cast({{ sql_literal(own_dates[business_id]) }} as date)
            {% endfor -%}
            else
                {% if setting('as_of_date') -%}
                cast({{ sql_literal(setting('as_of_date')) }} as date)
                {%- else -%}
                sale_dates.last_sale_date
                {%- endif %}
        end as as_of_date,
        {{ dbt.datediff('sale_dates.last_sale_date', 'today.build_day', 'day') }}
            as days_since_last_sale,
        {{
            dbt.datediff(
                'sale_dates.first_sale_date', 'sale_dates.last_sale_date', 'day'
            )
        }} / nullif(sale_dates.sale_day_count - 1, 0) as mean_gap_days
    from businesses
    left join sale_dates on businesses.business_id = sale_dates.business_id
    left join order_counts on businesses.business_id = order_counts.business_id
    left join today on businesses.time_zone = today.time_zone

),

-- Old by the business's own rhythm: a file of monthly figures has one sale day a month.
final as (

    select
        business_id,
        business_name,
        currency,
        country_code,
        time_zone,
        order_count,
        first_sale_date,
        last_sale_date,
        as_of_date,
        cast(days_since_last_sale as integer) as days_since_last_sale,
        case
            when days_since_last_sale > greatest(30, coalesce(3 * mean_gap_days, 0))
                then
                    'the last sale was on ' || cast(last_sale_date as string) || ', '
                    || {{ shown_number('days_since_last_sale', 0) }}
                    || ' days before this build: all segments, forecasts and '
                    || 'recommendations are as of ' || cast(as_of_date as string)
        end as as_of_note
    from dated

)

select * from final
