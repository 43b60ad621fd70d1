{#-
    The input of lifetime value, one row per customer: the whole history, the history
    before the days held out, and these days. Aggregated here, so that Python reads few rows.
-#}
{{ config(materialized='table') }}

with

customers as (

    select * from {{ ref('retail_marts', 'dim_customers') }}

),

days as (

    select *
    from {{ ref('retail_marts', 'int_sales_lines_aggregated_to_customer_days') }}

),

businesses as (

    select
        business_id,
        as_of_date,
        case
            when first_sale_date is not null
                then {{ lifetime_value_holdout_days(
                    dbt.datediff('first_sale_date', 'as_of_date', 'day')
                ) }}
        end as holdout_days
    from {{ ref('retail_marts', 'dim_businesses') }}

),

-- The day of a return is not a purchase day, but its amount counts.
aged as (

    select
        days.business_id,
        days.customer_id,
        businesses.holdout_days,
        days.sales_amount,
        days.has_sale,
        {{ dbt.datediff('days.sales_date', 'businesses.as_of_date', 'day') }}
            as days_ago
    from days
    inner join businesses on days.business_id = businesses.business_id

),

split as (

    select
        *,
        case when has_sale then days_ago end as bought_days_ago,
        case when has_sale and days_ago >= holdout_days then days_ago end
            as calibration_bought_days_ago
    from aged

),

histories as (

    select
        business_id,
        customer_id,
        count(bought_days_ago) as purchase_day_count,
        max(bought_days_ago) - min(bought_days_ago) as days_to_last_purchase,
        max(bought_days_ago) as days_since_first_purchase,
        sum(sales_amount) as sales_amount,
        count(calibration_bought_days_ago) as calibration_purchase_day_count,
        max(calibration_bought_days_ago) - min(calibration_bought_days_ago)
            as calibration_days_to_last_purchase,
        max(calibration_bought_days_ago - holdout_days)
            as calibration_days_since_first_purchase,
        sum(case when days_ago >= holdout_days then sales_amount end)
            as calibration_sales_amount,
        sum(case when bought_days_ago < holdout_days then 1 else 0 end)
            as holdout_purchase_day_count,
        sum(case when days_ago < holdout_days then sales_amount else 0 end)
            as holdout_sales_amount
    from split
    group by business_id, customer_id

),

final as (

    select
        customers.business_id,
        customers.customer_id,
        coalesce(histories.purchase_day_count, 0) as purchase_day_count,
        histories.days_to_last_purchase,
        histories.days_since_first_purchase,
        histories.sales_amount,
        coalesce(histories.calibration_purchase_day_count, 0)
            as calibration_purchase_day_count,
        histories.calibration_days_to_last_purchase,
        histories.calibration_days_since_first_purchase,
        histories.calibration_sales_amount,
        businesses.holdout_days,
        coalesce(histories.holdout_purchase_day_count, 0) as holdout_purchase_day_count,
        coalesce(histories.holdout_sales_amount, 0) as holdout_sales_amount
    from customers
    inner join businesses on customers.business_id = businesses.business_id
    left join histories
        on
            customers.business_id = histories.business_id
            and customers.customer_id = histories.customer_id

)

select * from final
