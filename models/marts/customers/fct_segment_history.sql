with

businesses as (

    select
        business_id,
        as_of_date,
        cast(date_trunc('month', as_of_date) as date) as as_of_month
    from {{ ref('retail_marts', 'dim_businesses') }}

),

months as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_customer_months') }}

),

segments as (

    select * from {{ ref('retail_marts', 'int_rfm_segments_unfolded_to_scores') }}

),

-- Cumulative figures of a customer at the end of each month with a line.
known as (

    select
        business_id,
        customer_id,
        month_start_date as known_month,
        lead(month_start_date) over (
            partition by business_id, customer_id order by month_start_date
        ) as next_known_month,
        max(last_sale_date) over customer_life as last_order_date,
        cast(sum(order_count) over customer_life as bigint) as order_count,
        cast(sum(sales_amount) over customer_life as decimal(38, 2)) as monetary_amount
    from months
    window
        customer_life as (
            partition by business_id, customer_id
            order by month_start_date
            rows between unbounded preceding and current row
        )

),

-- They are valid until the month before the next such month, or the as-of date.
lives as (

    select
        known.business_id,
        known.customer_id,
        known.last_order_date,
        known.order_count,
        known.monetary_amount,
        businesses.as_of_date,
        known.known_month,
        case
            when known.next_known_month is not null
                then cast(
                    {{ dbt.dateadd('month', -1, 'known.next_known_month') }} as date
                )
            else businesses.as_of_month
        end as last_month
    from known
    inner join businesses on known.business_id = businesses.business_id
    where known.last_order_date is not null

),

spread as (

    {{ months_between('lives', 'known_month', 'last_month', [
        'business_id',
        'customer_id',
        'last_order_date',
        'order_count',
        'monetary_amount',
        'as_of_date as business_as_of_date',
    ]) | indent(4) }}

),

dated as (

    select
        business_id,
        customer_id,
        last_order_date,
        order_count,
        monetary_amount,
        month_start_date,
        least(
            business_as_of_date,
            cast({{ dbt.last_day('month_start_date', 'month') }} as date)
        ) as as_of_date
    from spread

),

states as (

    select
        *,
        {{ dbt.datediff('last_order_date', 'as_of_date', 'day') }} as recency_days
    from dated

),

{{ rfm_scored('states', ['business_id', 'month_start_date']) }},

named as (

    select
        rfm_scored.business_id,
        rfm_scored.customer_id,
        segments.rfm_segment,
        rfm_scored.r_score,
        rfm_scored.f_score,
        rfm_scored.m_score,
        rfm_scored.month_start_date,
        rfm_scored.as_of_date
    from rfm_scored
    left join segments
        on
            rfm_scored.business_id = segments.business_id
            and rfm_scored.r_score = segments.r_score
            and rfm_scored.f_score = segments.f_score
            and rfm_scored.m_score = segments.m_score

),

final as (

    select
        business_id,
        customer_id,
        rfm_segment,
        lag(rfm_segment) over (
            partition by business_id, customer_id order by month_start_date
        ) as previous_rfm_segment,
        r_score,
        f_score,
        m_score,
        month_start_date,
        as_of_date
    from named

)

select * from final
