with

lifetimes as (

    select * from {{ ref('retail_marts', 'fct_customer_lifetime_value') }}

),

customers as (

    select * from {{ ref('retail_marts', 'dim_customers') }}

),

recommendations as (

    select * from {{ ref('retail_marts', 'fct_customer_recommendations') }}

),

-- Popular products are not offered: they say nothing about the customer.
offers as (

    select
        *,
        row_number() over (
            partition by business_id, customer_id order by recommendation_rank
        ) as offer_rank
    from recommendations
    where
        (reason = 'buy_again' and evidence_count > 1)
        or q_value <= {{ setting('contact_settings.false_discovery_rate') }}

),

buyers as (

    select
        *,
        days_since_first_purchase - days_to_last_purchase
            as days_since_last_purchase,
        coalesce(expected_value_365d, expected_value_90d) as value_at_stake_amount,
        case
            when expected_value_365d is not null then 365
            when expected_value_90d is not null then 90
        end as value_days,
        expected_orders_90d
        / nullif(avg(expected_orders_90d) over (partition by business_id), 0)
            as order_rate_ratio
    from lifetimes
    where purchase_day_count > 0

),

-- Exponential gaps with an unknown mean, which the own gaps and one gap of the business
-- inform, are Lomax distributed.
silences as (

    select
        *,
        case
            when repeat_day_count > 0 and usual_days_between_orders > 0
                then
                    power(
                        1 + days_since_last_purchase
                        / (purchase_day_count * usual_days_between_orders),
                        -purchase_day_count
                    )
        end as silence_p_value
    from buyers

),

-- Benjamini and Hochberg 1995, over the customers of a business who came back.
ranked_silences as (

    select
        *,
        silence_p_value
        * count(silence_p_value) over (partition by business_id)
        / nullif(
            count(silence_p_value) over (
                partition by business_id order by silence_p_value
                range between unbounded preceding and current row
            ), 0
        ) as silence_ratio
    from silences
    where silence_p_value is not null

),

tested_silences as (

    select
        business_id,
        customer_id,
        least(
            1, min(silence_ratio) over (
                partition by business_id order by silence_p_value desc
                range between unbounded preceding and current row
            )
        ) as silence_q_value
    from ranked_silences

),

candidates as (

    select
        silences.*,
        tested_silences.silence_q_value,
        offers.recommended_product_id,
        offers.recommended_product_name,
        offers.reason as recommendation_reason,
        offers.because_product_name,
        offers.evidence_count,
        offers.q_value as recommendation_q_value,
        customers.customer_name,
        customers.email
    from silences
    left join tested_silences
        on
            silences.business_id = tested_silences.business_id
            and silences.customer_id = tested_silences.customer_id
    left join offers
        on
            silences.business_id = offers.business_id
            and silences.customer_id = offers.customer_id
            and offers.offer_rank = 1
    left join customers
        on
            silences.business_id = customers.business_id
            and silences.customer_id = customers.customer_id

),

chosen as (

    select
        *,
        case
            when value_at_stake_amount is null then 'leave_alone'
            when
                days_overdue > 0
                and silence_q_value
                <= {{ setting('contact_settings.false_discovery_rate') }}
                then 'win_back'
            when recommendation_q_value is not null then 'cross_sell'
            when
                days_overdue = 0 and repeat_day_count > 0 and order_rate_ratio >= 1.5
                then 'reward'
            when days_overdue > 0 and repeat_day_count > 1 then 'remind'
            else 'leave_alone'
        end as action
    from candidates

),

ranked as (

    select
        *,
        case action
            when 'win_back' then 'high'
            when 'remind' then 'low'
            when 'leave_alone' then 'none'
            else 'medium'
        end as urgency,
        row_number() over (
            partition by business_id
            order by
                case action
                    when 'win_back' then 1
                    when 'remind' then 3
                    when 'leave_alone' then 4
                    else 2
                end,
                value_at_stake_amount desc nulls last,
                customer_id
        ) as contact_rank
    from chosen

),

final as (

    select
        business_id,
        cast(contact_rank as integer) as contact_rank,
        customer_id,
        customer_name,
        email,
        action,
        urgency,
        case when email is not null then 'email' end as channel,
        case
            when action in ('win_back', 'remind')
                then
                    'Last order ' || {{ counted('days_since_last_purchase', 'day') }}
                    || ' ago, usually one every '
                    || {{ counted('round(usual_days_between_orders)', 'day') }}
                    || ': ' || {{ counted('days_overdue', 'day') }} || ' overdue.'
            when action = 'cross_sell'
                then
                    'Bought ' || because_product_name || ', which goes with the offer ('
                    || replace(recommendation_reason, '_', ' ') || ').'
            when action = 'reward'
                then
                    'Expected to order ' || {{ shown_number('order_rate_ratio', 1) }}
                    || ' times as often as the average customer.'
            when value_at_stake_amount is null then 'No value can be expected.'
            when repeat_day_count = 0
                then 'Bought on one day only: no rhythm of their own.'
            when days_overdue > 0 then 'Overdue, but one gap is not a rhythm.'
            when next_expected_order_date is not null
                then
                    'Next order expected on '
                    || cast(next_expected_order_date as string) || '.'
            else 'No rhythm is known.'
        end as reason,
        case
            when action in ('win_back', 'remind')
                then
                    case
                        when action = 'win_back' then 'More than chance'
                        else 'May be chance'
                    end
                    || ': the probability of so long a pause is '
                    || case
                        when silence_p_value < 0.001 then 'below 0.1 %'
                        else {{ shown_number('100 * silence_p_value', 1) }} || ' %'
                    end
                    || ', judged from '
                    || {{ counted('repeat_day_count', 'earlier gap') }} || '.'
            when action = 'cross_sell'
                then
                    'More than chance: both were bought '
                    || {{ counted('evidence_count', 'time') }} || '; '
                    || case
                        when recommendation_q_value < 0.001 then 'less than 0.1 %'
                        else
                            {{ shown_number('100 * recommendation_q_value', 1) }}
                            || ' %'
                    end
                    || ' of such offers are expected to be chance.'
            when action = 'reward'
                then
                    'Judged from ' || {{ counted('repeat_day_count', 'earlier gap') }}
                    || ', by ' || {{ shown_lifetime_model('model_name') }} || '.'
            else 'No evidence beyond chance for an action.'
        end as evidence,
        case when action <> 'leave_alone' then recommended_product_id end
            as recommended_product_id,
        case when action <> 'leave_alone' then recommended_product_name end
            as recommended_product_name,
        case when action <> 'leave_alone' then recommendation_reason end
            as recommendation_reason,
        model_name,
        note,
        value_days,
        purchase_day_count,
        days_since_last_purchase,
        days_overdue,
        value_at_stake_amount,
        usual_days_between_orders,
        days_overdue / nullif(usual_days_between_orders, 0) as overdue_ratio,
        silence_p_value,
        silence_q_value,
        order_rate_ratio,
        next_expected_order_date,
        as_of_date
    from ranked
    where contact_rank <= {{ setting('contact_settings.limit') }}

)

select * from final
