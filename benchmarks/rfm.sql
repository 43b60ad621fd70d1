-- RFM as an analyst would write it for this file only: one query over the lines, with
-- the segments as one case expression.
create or replace table main.hand_written_rfm as
with totals as (
    select
        lines.business_id,
        lines.customer_id,
        businesses.as_of_date,
        min(lines.order_date) filter (lines.line_type = 'sale') as first_order_date,
        max(lines.order_date) filter (lines.line_type = 'sale') as last_order_date,
        count(distinct lines.order_id) filter (lines.line_type = 'sale') as order_count,
        count(*) as line_count,
        cast(sum(lines.sales_amount) as decimal(18, 2)) as monetary_amount,
        cast(sum(lines.quantity) as decimal(18, 4)) as quantity,
        cast(sum(lines.profit_amount) as decimal(18, 2)) as profit_amount
    from core.fct_sales_lines as lines
    inner join core.dim_businesses as businesses using (business_id)
    where lines.customer_id is not null and lines.order_date <= businesses.as_of_date
    group by all
    having max(lines.order_date) filter (lines.line_type = 'sale') is not null
),
scored as (
    select
        *,
        as_of_date - last_order_date as recency_days,
        5 - 5 * (rank() over recent - 1) // count(*) over business as r_score,
        1 + 5 * (rank() over frequent - 1) // count(*) over business as f_score,
        1 + 5 * (rank() over rich - 1) // count(*) over business as m_score,
        count(*) over business as customer_count
    from totals
    window
        business as (partition by business_id),
        recent as (partition by business_id order by last_order_date desc),
        frequent as (partition by business_id order by order_count),
        rich as (partition by business_id order by monetary_amount)
)
select
    business_id,
    customer_id,
    concat(r_score, f_score, m_score) as rfm_score,
    case
        when r_score = 5 and fm_score >= 4 then 'Champions'
        when r_score >= 3 and fm_score >= 4 then 'Loyal customers'
        when r_score >= 4 and fm_score >= 2 then 'Potential loyalists'
        when r_score = 5 then 'Recent customers'
        when r_score = 4 then 'Promising'
        when r_score = 3 and fm_score = 3 then 'Needs attention'
        when r_score = 3 then 'About to sleep'
        when fm_score = 5 then 'Cannot lose them'
        when fm_score >= 3 then 'At risk'
        when r_score = 2 then 'Hibernating'
        else 'Lost'
    end as rfm_segment,
    case
        when customer_count < 5 then 'fewer than 5 customers: scores say little'
        when monetary_amount < 0 then 'more returned than bought'
    end as note,
    cast(recency_days as integer) as recency_days,
    order_count,
    line_count,
    monetary_amount,
    quantity,
    profit_amount,
    cast(r_score as integer) as r_score,
    cast(f_score as integer) as f_score,
    cast(m_score as integer) as m_score,
    cast(fm_score as integer) as fm_score,
    first_order_date,
    last_order_date,
    as_of_date
from (select *, (f_score + m_score + 1) // 2 as fm_score from scored);
