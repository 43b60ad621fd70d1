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

customers as (

    select
        business_id,
        customer_id,
        cast(date_trunc('month', min(first_sale_date)) as date)
            as cohort_month_start_date
    from months
    group by business_id, customer_id
    having min(first_sale_date) is not null

),

cohorts as (

    select
        customers.business_id,
        customers.cohort_month_start_date,
        businesses.as_of_date,
        businesses.as_of_month,
        count(*) as customer_count
    from customers
    inner join businesses on customers.business_id = businesses.business_id
    group by
        customers.business_id,
        customers.cohort_month_start_date,
        businesses.as_of_date,
        businesses.as_of_month

),

-- Amounts dated before a customer's first sale count in the cohort's first month.
active as (

    select
        months.business_id,
        customers.cohort_month_start_date,
        greatest(months.month_start_date, customers.cohort_month_start_date)
            as month_start_date,
        count(months.first_sale_date) as active_customer_count,
        sum(months.order_count) as order_count,
        sum(months.sales_amount) as sales_amount
    from months
    inner join customers
        on
            months.business_id = customers.business_id
            and months.customer_id = customers.customer_id
    group by
        months.business_id,
        customers.cohort_month_start_date,
        greatest(months.month_start_date, customers.cohort_month_start_date)

),

spread as (

    {{ months_between('cohorts', 'cohort_month_start_date', 'as_of_month', [
        'business_id', 'cohort_month_start_date', 'customer_count', 'as_of_date',
    ]) | indent(4) }}

),

final as (

    select
        spread.business_id,
        cast(
            {{ dbt.datediff(
                'spread.cohort_month_start_date', 'spread.month_start_date', 'month'
            ) }} as integer
        ) as months_since_first,
        spread.customer_count,
        coalesce(active.active_customer_count, 0) as active_customer_count,
        cast(coalesce(active.active_customer_count, 0) as double)
        / spread.customer_count as retention_rate,
        cast(coalesce(active.order_count, 0) as bigint) as order_count,
        cast(coalesce(active.sales_amount, 0) as decimal(38, 2)) as sales_amount,
        cast({{ dbt.last_day('spread.month_start_date', 'month') }} as date)
        <= spread.as_of_date as is_complete_month,
        spread.cohort_month_start_date,
        spread.month_start_date
    from spread
    left join active
        on
            spread.business_id = active.business_id
            and spread.cohort_month_start_date = active.cohort_month_start_date
            and spread.month_start_date = active.month_start_date

)

select * from final
