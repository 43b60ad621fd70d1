with

needs as (

    select * from {{ ref('retail_marts', 'py_stock_needs') }}

),

series as (

    select * from {{ ref('retail_marts', 'int_forecast_series_joined_to_stock') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

product_days as (

    select * from {{ ref('retail_marts', 'fct_daily_product_sales') }}

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

-- Weeks of seven days that end at the as-of date, up to 52 of them.
dated as (

    select
        product_days.*,
        cast(
            floor(
                {{
                    dbt.datediff(
                        'product_days.sales_date', 'businesses.as_of_date', 'day'
                    )
                }} / 7.0
            ) as integer
        ) as weeks_ago,
        {{ dbt.datediff('businesses.first_sale_date', 'businesses.as_of_date', 'day') }}
            as history_days
    from product_days
    inner join businesses on product_days.business_id = businesses.business_id
    where product_days.sales_date <= businesses.as_of_date

),

weeks as (

    select
        business_id,
        product_id,
        weeks_ago,
        least(52, cast(floor((max(history_days) + 1) / 7.0) as integer)) as week_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from dated
    where weeks_ago < least(52, floor((history_days + 1) / 7.0))
    group by business_id, product_id, weeks_ago

),

-- Weeks without a row have no sales.
varied as (

    select
        business_id,
        product_id,
        sum(sales_amount) as sales_amount,
        cast(sum(quantity) as double) / max(week_count) as mean_quantity,
        sum(cast(quantity as double) * cast(quantity as double)) / max(week_count)
            as mean_square
    from weeks
    group by business_id, product_id

),

-- The product that crosses a limit still belongs to the class above it.
ranked as (

    select
        *,
        (
            sum(sales_amount) over (
                partition by business_id order by sales_amount desc, product_id
                rows between unbounded preceding and current row
            ) - sales_amount
        ) / nullif(sum(sales_amount) over (partition by business_id), 0)
            as sales_before_share
    from varied

),

classed as (

    select
        business_id,
        product_id,
        case
            when sales_before_share < 0.8 then 'A'
            when sales_before_share < 0.95 then 'B'
            when sales_before_share is not null then 'C'
        end as abc_class,
        case when mean_quantity > 0
            then
                sqrt(greatest(mean_square - mean_quantity * mean_quantity, 0))
                / mean_quantity
        end as weekly_variation
    from ranked

),

targets as (

    select
        series.*,
        needs.distribution,
        needs.expected_quantity,
        needs.safety_stock_quantity,
        needs.stock_out_risk,
        needs.tested_window_count,
        needs.attained_service_level,
        needs.normal_attained_service_level,
        case
            when needs.safety_stock_quantity is not null
                then
                    greatest(needs.expected_quantity + needs.safety_stock_quantity, 0)
        end as reorder_point_quantity
    from series
    inner join needs
        on
            series.business_id = needs.business_id
            and series.series_level = needs.series_level
            and series.series_id = needs.series_id

),

ordered as (

    select
        *,
        case
            when reorder_point_quantity > cast(stock_quantity as double)
                then
                    greatest(
                        reorder_point_quantity - cast(stock_quantity as double),
                        cast(coalesce(minimum_quantity, 0) as double)
                    )
            when stock_quantity is not null and reorder_point_quantity is not null
                then 0
        end as missing_quantity,
        cast(coalesce(pack_quantity, 1) as double) as pack_size
    from targets

),

final as (

    select
        ordered.business_id,
        ordered.series_level,
        ordered.store_id,
        ordered.product_id,
        products.product_name,
        classed.abc_class,
        case
            when classed.weekly_variation <= 0.5 then 'X'
            when classed.weekly_variation <= 1 then 'Y'
            when classed.weekly_variation > 1 then 'Z'
        end as xyz_class,
        ordered.distribution,
        case
            when ordered.expected_quantity is null
                then 'the forecast is shorter than the days to cover'
            when
                ordered.safety_stock_quantity is null
                and sum(case when ordered.is_shared then 0 else 1 end) over (
                    partition by ordered.business_id, ordered.series_level
                ) = 0
                then 'no product sells often enough to be tested'
            when ordered.safety_stock_quantity is null
                then 'no backtest window is as long as the days to cover'
            when ordered.tested_window_count = 0
                then 'errors of one backtest window: not tested on held-out windows'
            else
                'attained in ' || cast(ordered.tested_window_count as string)
                || ' held-out windows: '
                || cast(round(ordered.attained_service_level, 3) as string)
                || '; by the normal formula: '
                || cast(round(ordered.normal_attained_service_level, 3) as string)
        end
        || case
            when ordered.is_shared then '; a share of the forecast of its category'
            else ''
        end as evidence,
        ordered.lead_time_days,
        ordered.days_to_cover - ordered.lead_time_days as review_days,
        ordered.expected_quantity,
        ordered.safety_stock_quantity,
        ordered.reorder_point_quantity,
        ceil(ordered.missing_quantity / ordered.pack_size) * ordered.pack_size
            as order_quantity,
        cast(ordered.on_hand_quantity as decimal(18, 4)) as on_hand_quantity,
        cast(ordered.stock_quantity as decimal(18, 4)) as stock_quantity,
        cast(ordered.on_hand_quantity as double) * ordered.days_to_cover
        / nullif(ordered.expected_quantity, 0) as cover_days,
        ordered.stock_out_risk,
        cast({{ setting('replenishment_settings.service_level') }} as double)
            as service_level,
        ordered.attained_service_level,
        ordered.normal_attained_service_level,
        classed.weekly_variation,
        ordered.is_shared,
        ordered.stock_date,
        ordered.forecast_origin_date
    from ordered
    inner join products
        on
            ordered.business_id = products.business_id
            and ordered.product_id = products.product_id
    left join classed
        on
            ordered.business_id = classed.business_id
            and ordered.product_id = classed.product_id

)

select * from final
