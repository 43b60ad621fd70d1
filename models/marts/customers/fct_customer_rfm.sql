with

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

months as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_customer_months') }}

),

segments as (

    select * from {{ ref('retail_marts', 'int_rfm_segments_unfolded_to_scores') }}

),

-- Customers with only returns have no purchase from which to count recency.
totals as (

    select
        months.business_id,
        months.customer_id,
        businesses.as_of_date,
        min(months.first_sale_date) as first_order_date,
        max(months.last_sale_date) as last_order_date,
        {{ dbt.datediff(
            'max(months.last_sale_date)', 'businesses.as_of_date', 'day'
        ) }} as recency_days,
        cast(sum(months.order_count) as bigint) as order_count,
        cast(sum(months.line_count) as bigint) as line_count,
        cast(sum(months.sales_amount) as decimal(38, 2)) as monetary_amount,
        cast(sum(months.quantity) as decimal(38, 4)) as quantity,
        cast(sum(months.profit_amount) as decimal(38, 2)) as profit_amount
    from months
    inner join businesses on months.business_id = businesses.business_id
    group by months.business_id, months.customer_id, businesses.as_of_date
    having max(months.last_sale_date) is not null

),

{{ rfm_scored('totals', ['business_id']) }},

customer_counts as (

    select
        business_id,
        count(*) as customer_count,
        count(*) > 1 and min(recency_days) = max(recency_days) as has_one_recency,
        count(*) > 1 and min(order_count) = max(order_count) as has_one_frequency,
        count(*) > 1 and min(monetary_amount) = max(monetary_amount)
            as has_one_monetary
    from totals
    group by business_id

),

final as (

    select
        rfm_scored.business_id,
        rfm_scored.customer_id,
        concat(rfm_scored.r_score, rfm_scored.f_score, rfm_scored.m_score) as rfm_score,
        segments.rfm_segment,
        {{ all_of([
            (
                'customer_counts.customer_count < 5',
                "'fewer than 5 customers: scores say little'",
            ),
            (
                'customer_counts.has_one_recency',
                "'all customers have the same recency'",
            ),
            (
                'customer_counts.has_one_frequency',
                "'all customers have the same number of orders'",
            ),
            (
                'customer_counts.has_one_monetary',
                "'all customers have the same monetary amount'",
            ),
            (
                'rfm_scored.monetary_amount < 0',
                "'more returned than bought'",
            ),
        ]) }} as note,
        cast(rfm_scored.recency_days as integer) as recency_days,
        rfm_scored.order_count,
        rfm_scored.line_count,
        rfm_scored.monetary_amount,
        rfm_scored.quantity,
        rfm_scored.profit_amount,
        rfm_scored.r_score,
        rfm_scored.f_score,
        rfm_scored.m_score,
        rfm_scored.fm_score,
        rfm_scored.first_order_date,
        rfm_scored.last_order_date,
        rfm_scored.as_of_date
    from rfm_scored
    inner join customer_counts on rfm_scored.business_id = customer_counts.business_id
    left join segments
        on
            rfm_scored.business_id = segments.business_id
            and rfm_scored.r_score = segments.r_score
            and rfm_scored.f_score = segments.f_score
            and rfm_scored.m_score = segments.m_score

)

select * from final
