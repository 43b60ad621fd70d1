with

rfm as (

    select * from {{ ref('retail_marts', 'fct_customer_rfm') }}

),

rfm_segments as (

    select * from {{ ref('retail_marts', 'rpt_rfm_segments') }}

),

members as (

    select * from {{ ref('retail_marts', 'fct_customer_segments') }}

),

profiles as (

    select * from {{ ref('retail_marts', 'rpt_segment_profiles') }}

),

segmentations as (

    select * from {{ ref('retail_marts', 'rpt_segmentations') }}
    where subject = 'customer'

),

movements as (

    select * from {{ ref('retail_marts', 'rpt_segment_movements') }}

),

lifetimes as (

    select * from {{ ref('retail_marts', 'fct_customer_lifetime_value') }}

),

bundles as (

    select * from {{ ref('retail_marts', 'rpt_segment_bundles') }}

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

memberships as (

    select
        business_id,
        'rfm' as algorithm,
        customer_id,
        rfm_segment as segment_name
    from rfm
    union all
    select
        business_id,
        'k_means' as algorithm,
        customer_id,
        segment_name
    from members
    where segment_id is not null

),

expected as (

    select
        memberships.business_id,
        memberships.algorithm,
        memberships.segment_name,
        sum(lifetimes.expected_value_90d) as expected_value_90d,
        sum(lifetimes.expected_value_365d) as expected_value_365d,
        count(lifetimes.expected_value_90d) as valued_customer_count,
        min(lifetimes.model_name) as model_name
    from memberships
    inner join lifetimes
        on
            memberships.business_id = lifetimes.business_id
            and memberships.customer_id = lifetimes.customer_id
    group by
        memberships.business_id, memberships.algorithm, memberships.segment_name

),

segments as (

    select
        business_id,
        'rfm' as algorithm,
        rfm_segment as segment_name,
        strategy,
        customer_count,
        customer_share,
        sales_amount,
        sales_share
    from rfm_segments
    where customer_count > 0
    union all
    select
        business_id,
        'k_means' as algorithm,
        segment_name,
        strategy,
        customer_count,
        customer_share,
        sales_amount,
        sales_share
    from profiles

),

grounds as (

    select
        business_id,
        'rfm' as algorithm,
        min(note) as note
    from rfm
    where note like 'fewer than%'
    group by business_id
    union all
    select
        business_id,
        'k_means' as algorithm,
        note
    from segmentations

),

last_months as (

    select
        business_id,
        max(month_start_date) as month_start_date
    from movements
    group by business_id

),

moved as (

    select movements.*
    from movements
    inner join last_months
        on
            movements.business_id = last_months.business_id
            and movements.month_start_date = last_months.month_start_date

),

-- A movement between two segments counts once for each of them.
changes as (

    select
        business_id,
        rfm_segment as segment_name,
        month_start_date,
        is_complete_month,
        case
            when previous_rfm_segment = 'not yet a customer' then customer_count
            else 0
        end as new_customer_count,
        case
            when previous_rfm_segment not in ('not yet a customer', rfm_segment)
                then customer_count
            else 0
        end as entered_customer_count,
        0 as left_customer_count
    from moved
    union all
    select
        business_id,
        previous_rfm_segment as segment_name,
        month_start_date,
        is_complete_month,
        0 as new_customer_count,
        0 as entered_customer_count,
        customer_count as left_customer_count
    from moved
    where previous_rfm_segment not in ('not yet a customer', rfm_segment)

),

summed_changes as (

    select
        business_id,
        segment_name,
        month_start_date,
        is_complete_month,
        sum(new_customer_count) as new_customer_count,
        sum(entered_customer_count) as entered_customer_count,
        sum(left_customer_count) as left_customer_count
    from changes
    group by business_id, segment_name, month_start_date, is_complete_month

),

-- Pairs of categories are always worth more than the pairs of products in them, but a
-- pair of products can be offered. Nobody wants to sell more of what makes a loss. The
-- test counts baskets, so a pair of fewer than five customers may be their habit.
ranked_bundles as (

    select
        *,
        row_number() over (
            partition by business_id, segment_kind, segment_name
            order by
                case basket_level
                    when 'product' then 1
                    when 'sub_category' then 2
                    else 3
                end,
                bundle_rank
        ) as bundle_order,
        count(*) over (partition by business_id, segment_kind, segment_name)
            as bundle_count
    from bundles
    where
        is_significant
        and customer_count >= 5
        and coalesce(extra_profit_amount, 0) >= 0

),

final as (

    select
        segments.business_id,
        segments.algorithm,
        segments.segment_name,
        segments.strategy,
        case
            when coalesce(expected.model_name, 'none') = 'none'
                then 'Expected sales are not known.'
            else
                'Expected sales by '
                || {{ shown_lifetime_model('expected.model_name') }} || ', for '
                || {{ shown_number('expected.valued_customer_count', 0) }} || ' of '
                || {{ counted('segments.customer_count', 'customer') }} || '.'
        end
        || case
            when segments.algorithm = 'k_means' then ''
            when ranked_bundles.bundle_count is null
                then
                    ' No bundle to offer: each may be chance, is the habit of fewer'
                    || ' than 5 customers, or makes a loss.'
            else
                ' Bundle: more than chance; '
                || case
                    when ranked_bundles.q_value < 0.001 then 'less than 0.1 %'
                    else {{ shown_number('100 * ranked_bundles.q_value', 1) }} || ' %'
                end
                || ' of such pairs are expected to be chance.'
        end
        || coalesce(' Note: ' || grounds.note || '.', '') as evidence,
        ranked_bundles.item_name || ' + ' || ranked_bundles.other_item_name as bundle,
        ranked_bundles.basket_level as bundle_level,
        segments.customer_count,
        cast(
            segments.customer_count
            - summed_changes.new_customer_count
            - summed_changes.entered_customer_count
            + summed_changes.left_customer_count as bigint
        ) as previous_customer_count,
        cast(summed_changes.new_customer_count as bigint) as new_customer_count,
        cast(summed_changes.entered_customer_count as bigint)
            as entered_customer_count,
        cast(summed_changes.left_customer_count as bigint) as left_customer_count,
        case
            when segments.algorithm = 'rfm'
                then coalesce(ranked_bundles.bundle_count, 0)
        end as bundle_count,
        segments.customer_share,
        segments.sales_amount,
        segments.sales_share,
        cast(expected.expected_value_90d as decimal(38, 2)) as expected_value_90d,
        cast(expected.expected_value_365d as decimal(38, 2)) as expected_value_365d,
        ranked_bundles.extra_sales_amount as bundle_sales_amount,
        ranked_bundles.extra_profit_amount as bundle_profit_amount,
        summed_changes.is_complete_month,
        summed_changes.month_start_date,
        businesses.as_of_date
    from segments
    inner join businesses on segments.business_id = businesses.business_id
    left join expected
        on
            segments.business_id = expected.business_id
            and segments.algorithm = expected.algorithm
            and segments.segment_name = expected.segment_name
    left join grounds
        on
            segments.business_id = grounds.business_id
            and segments.algorithm = grounds.algorithm
    left join summed_changes
        on
            segments.algorithm = 'rfm'
            and segments.business_id = summed_changes.business_id
            and segments.segment_name = summed_changes.segment_name
    left join ranked_bundles
        on
            segments.algorithm = ranked_bundles.segment_kind
            and segments.business_id = ranked_bundles.business_id
            and segments.segment_name = ranked_bundles.segment_name
            and ranked_bundles.bundle_order = 1

)

select * from final
