-- The core and sales marts of one flat Parquet file of sales lines, as one would write
-- them by hand for this file only, with known columns and types. Variables: sales_path, sales_file (its name), sales_sha256, sales_size_bytes.

create schema core;
create schema sales;

-- One row per row of the file, with the reason if it is not a sales line.
create temp view file_rows as
select
    *,
    case
        when business_id is null or ltrim(business_id) = '' then 'business_id is empty'
        when order_id is null or ltrim(order_id) = '' then 'order_id is empty'
        when (product_id is null or ltrim(product_id) = '')
            and (product_name is null or ltrim(product_name) = '')
            then 'product_id and product_name are empty'
        when order_date is null then 'order_date is empty'
        when quantity is null then 'quantity is empty'
        when unit_price_amount is null then 'unit_price_amount is empty'
        when sales_amount is null then 'sales_amount is empty'
        when trim(business_id) in ('kalbe', 'umkm', 'superstore', 'car_dealer')
            then 'business_id ' || business_id || ' is the name of another source'
    end as rejection_reason
from read_parquet(getvariable('sales_path'), file_row_number = true);


-- core

create table core.fct_sales_lines as
select
    trim(business_id) as business_id,
    cast(file_row_number + 1 as varchar) as sales_line_id,
    case
        when quantity < 0 then 'return'
        when sales_amount < 0 then 'adjustment'
        else 'sale'
    end as line_type,
    trim(order_id) as order_id,
    trim(order_id) as source_order_id,
    nullif(trim(customer_id), '') as customer_id,
    coalesce(nullif(trim(product_id), ''), trim(product_name)) as product_id,
    nullif(trim(store_id), '') as store_id,
    cast(null as varchar) as ship_mode,
    cast(null as varchar) as country,
    cast(null as varchar) as region,
    cast(null as varchar) as market,
    cast(quantity as decimal(18, 4)) as quantity,
    unit_price_amount,
    case when quantity < 0 then -abs(sales_amount) else sales_amount end
        as sales_amount,
    cast(null as double) as discount_rate,
    cast(null as decimal(18, 4)) as profit_amount,
    cast(null as decimal(18, 4)) as shipping_cost_amount,
    false as is_flagged_returned,
    order_date,
    getvariable('sales_file') as source_file,
    file_row_number + 1 as source_row_number
from file_rows
where rejection_reason is null;

create table core.fct_rejected_rows as
select
    business_id,
    'sales_lines of flat' as source_table,
    getvariable('sales_file') as source_file,
    file_row_number + 1 as source_row_number,
    rejection_reason,
    concat_ws(
        ',',
        coalesce(business_id, ''), coalesce(category, ''), coalesce(customer_id, ''),
        coalesce(cast(order_date as varchar), ''), coalesce(order_id, ''),
        coalesce(product_id, ''), coalesce(product_name, ''),
        coalesce(cast(quantity as varchar), ''),
        coalesce(cast(sales_amount as varchar), ''), coalesce(store_id, ''),
        coalesce(sub_category, ''), coalesce(cast(unit_price_amount as varchar), '')
    ) as raw_row
from file_rows
where rejection_reason is not null;

create temp view hashed_rows as
select
    *,
    hash(
        business_id, order_id, order_date, customer_id, product_id, product_name,
        category, sub_category, store_id, quantity, unit_price_amount, sales_amount
    ) as row_hash
from file_rows;

create table core.fct_row_warnings as
with repeated as (
    select row_hash from hashed_rows group by row_hash having count(*) > 1
),
duplicates as (
    select
        business_id,
        file_row_number,
        'an exact duplicate of an earlier row' as warning
    from hashed_rows
    semi join repeated using (row_hash)
    where rejection_reason is null
    qualify row_number() over (partition by row_hash order by file_row_number) > 1
),
odd as (
    select
        business_id,
        file_row_number,
        case
            when quantity = 0 then 'a quantity of zero'
        end as warning
    from file_rows
    where quantity = 0 and rejection_reason is null
    union all
    select
        business_id,
        file_row_number,
        'a negative amount or quantity that is not a return' as warning
    from file_rows
    where quantity >= 0 and sales_amount < 0 and rejection_reason is null
    union all
    select * from duplicates
)
select
    trim(business_id) as business_id,
    'sales_lines of flat' as source_table,
    getvariable('sales_file') as source_file,
    file_row_number + 1 as source_row_number,
    string_agg(warning, '; ' order by warning) as warning
from odd
group by business_id, file_row_number;

create table core.fct_source_files as
select
    'sales_lines of flat' as source_table,
    getvariable('sales_file') as source_file,
    getvariable('sales_sha256') as sha256,
    cast(getvariable('sales_size_bytes') as bigint) as size_bytes,
    (select num_rows from parquet_file_metadata(getvariable('sales_path')))
        as raw_line_count,
    count(*) as landed_line_count,
    count(*) - count(rejection_reason) as accepted_row_count,
    count(rejection_reason) as rejected_row_count
from file_rows;

create table core.fct_orders as
select
    business_id,
    order_id,
    min(source_order_id) as source_order_id,
    min(customer_id) as customer_id,
    min(store_id) as store_id,
    cast(null as varchar) as ship_mode,
    cast(null as varchar) as country,
    cast(null as varchar) as region,
    cast(null as varchar) as market,
    count(*) as line_count,
    cast(sum(quantity) as decimal(18, 4)) as quantity,
    cast(sum(sales_amount) as decimal(18, 2)) as sales_amount,
    cast(
        coalesce(sum(sales_amount) filter (where line_type = 'sale'), 0)
        as decimal(18, 2)
    ) as gross_sales_amount,
    cast(
        -coalesce(sum(sales_amount) filter (where line_type = 'return'), 0)
        as decimal(18, 2)
    ) as returned_sales_amount,
    cast(null as decimal(18, 2)) as profit_amount,
    cast(null as decimal(18, 2)) as shipping_cost_amount,
    bool_or(line_type = 'sale') as has_sale,
    bool_or(line_type = 'return') as is_returned,
    min(order_date) as order_date
from core.fct_sales_lines
group by business_id, order_id;

create table core.dim_businesses as
select
    lines.business_id,
    lines.business_id as business_name,
    cast(null as varchar) as currency,
    cast(null as varchar) as country_code,
    coalesce(orders.order_count, 0) as order_count,
    lines.first_sale_date,
    lines.last_sale_date,
    lines.last_sale_date as as_of_date
from (
    select
        business_id,
        min(order_date) filter (where line_type = 'sale') as first_sale_date,
        max(order_date) filter (where line_type = 'sale') as last_sale_date
    from core.fct_sales_lines
    group by business_id
) as lines
left join (
    select business_id, count(*) as order_count
    from core.fct_orders
    where has_sale
    group by business_id
) as orders using (business_id);

create table core.dim_customers as
select
    business_id,
    customer_id,
    cast(null as varchar) as customer_name,
    cast(null as varchar) as email,
    cast(null as varchar) as gender,
    cast(null as varchar) as marital_status,
    cast(null as varchar) as customer_group,
    cast(null as varchar) as city,
    cast(null as varchar) as state,
    cast(null as varchar) as country,
    cast(null as varchar) as region,
    cast(null as varchar) as market,
    cast(null as integer) as age,
    cast(null as decimal(18, 2)) as income_amount,
    cast(null as decimal(18, 2)) as credit_card_debt_amount,
    cast(null as decimal(18, 2)) as net_worth_amount,
    cast(null as decimal(18, 2)) as spend_amount,
    min(order_date) filter (where has_sale) as first_order_date,
    max(order_date) filter (where has_sale) as last_order_date
from core.fct_orders
where customer_id is not null
group by business_id, customer_id;

create table core.dim_dates as
with bounds as (
    select
        make_date(year(min(order_date)), 1, 1) as first_day,
        make_date(year(max(order_date)) + 1, 12, 31) as last_day
    from core.fct_sales_lines
),
days as (
    select
        cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date)
            as date_day
    from bounds
)
select
    date_day,
    cast(date_trunc('week', date_day) as date) as week_start_date,
    cast(date_trunc('month', date_day) as date) as month_start_date,
    cast(date_trunc('quarter', date_day) as date) as quarter_start_date,
    cast(date_trunc('year', date_day) as date) as year_start_date,
    cast(year(date_day) as integer) as year,
    cast(quarter(date_day) as integer) as quarter,
    cast(month(date_day) as integer) as month,
    cast(day(date_day) as integer) as day_of_month,
    cast(isoyear(date_day) as integer) as iso_year,
    cast(weekofyear(date_day) as integer) as iso_week,
    cast(isodow(date_day) as integer) as iso_weekday,
    dayname(date_day) as weekday_name,
    isodow(date_day) >= 6 as is_weekend
from days;

-- The latest description of each product; there are few distinct ones.
create table core.dim_products as
with described as (
    select
        trim(business_id) as business_id,
        coalesce(nullif(trim(product_id), ''), trim(product_name)) as product_id,
        nullif(trim(product_name), '') as product_name,
        nullif(trim(category), '') as category,
        nullif(trim(sub_category), '') as sub_category,
        max((order_date - date '1900-01-01') * 1099511627776 + file_row_number)
            as last_row
    from file_rows
    where rejection_reason is null
    group by all
)
select
    business_id,
    product_id,
    coalesce(max_by(product_name, last_row), product_id) as product_name,
    max_by(category, last_row) as category,
    max_by(sub_category, last_row) as sub_category,
    cast(null as decimal(18, 4)) as list_price_amount
from described
group by business_id, product_id;

create table core.dim_regions (
    business_id varchar, region varchar, market varchar, manager_name varchar
);

create table core.dim_stores as
select distinct
    business_id,
    store_id,
    store_id as store_name,
    cast(null as varchar) as store_group,
    cast(null as varchar) as store_type,
    cast(null as double) as latitude,
    cast(null as double) as longitude
from core.fct_sales_lines
where store_id is not null;


-- sales

create temp table product_days as
select
    business_id,
    product_id,
    order_date as sales_date,
    count(*) as line_count,
    sum(quantity) as quantity,
    sum(sales_amount) as sales_amount
from core.fct_sales_lines
group by business_id, product_id, order_date;

create table sales.fct_daily_product_sales as
with days as (
    select
        business_id,
        product_id,
        cast(
            unnest(generate_series(min(sales_date), max(sales_date), interval 1 day))
            as date
        ) as sales_date
    from product_days
    group by business_id, product_id
)
select
    business_id,
    product_id,
    sales_date,
    cast(coalesce(quantity, 0) as decimal(18, 4)) as quantity,
    cast(coalesce(sales_amount, 0) as decimal(18, 2)) as sales_amount
from days
left join product_days using (business_id, product_id, sales_date);

create temp table business_days as
with sold as (
    select
        business_id,
        order_date as sales_date,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        coalesce(sum(sales_amount) filter (where line_type = 'sale'), 0)
            as gross_sales_amount,
        -coalesce(sum(sales_amount) filter (where line_type = 'return'), 0)
            as returned_sales_amount
    from core.fct_sales_lines
    group by business_id, order_date
),
ordered as (
    select
        business_id,
        order_date as sales_date,
        count(*) as order_count,
        count(distinct customer_id) as customer_count
    from core.fct_orders
    where has_sale
    group by business_id, order_date
),
days as (
    select
        business_id,
        cast(
            unnest(generate_series(min(sales_date), max(sales_date), interval 1 day))
            as date
        ) as sales_date
    from sold
    group by business_id
)
select
    business_id,
    sales_date,
    coalesce(quantity, 0) as quantity,
    coalesce(sales_amount, 0) as sales_amount,
    coalesce(gross_sales_amount, 0) as gross_sales_amount,
    coalesce(returned_sales_amount, 0) as returned_sales_amount,
    coalesce(order_count, 0) as order_count,
    coalesce(customer_count, 0) as customer_count
from days
left join sold using (business_id, sales_date)
left join ordered using (business_id, sales_date);

create table sales.fct_daily_sales as
select
    business_id,
    sales_date,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(sales_amount as decimal(18, 2)) as sales_amount,
    cast(gross_sales_amount as decimal(18, 2)) as gross_sales_amount,
    cast(returned_sales_amount as decimal(18, 2)) as returned_sales_amount,
    cast(null as decimal(18, 2)) as profit_amount,
    cast(null as decimal(18, 2)) as shipping_cost_amount,
    order_count,
    customer_count
from business_days;

create temp macro growth(current_amount, previous_amount) as
    cast(current_amount as double) / nullif(cast(previous_amount as double), 0) - 1;

create temp macro period_sales(period) as table
select
    business_id,
    cast(date_trunc(period, sales_date) as date) as period_start_date,
    cast(count(*) as integer) as day_count,
    cast(sum(quantity) as decimal(18, 4)) as quantity,
    cast(sum(sales_amount) as decimal(18, 2)) as sales_amount,
    cast(sum(gross_sales_amount) as decimal(18, 2)) as gross_sales_amount,
    cast(sum(returned_sales_amount) as decimal(18, 2)) as returned_sales_amount,
    cast(null as decimal(18, 2)) as profit_amount,
    cast(sum(order_count) as bigint) as order_count,
    growth(
        sum(sales_amount),
        lag(sum(sales_amount)) over (
            partition by business_id order by date_trunc(period, sales_date)
        )
    ) as sales_growth_rate,
    cast(null as double) as profit_growth_rate
from business_days
group by business_id, date_trunc(period, sales_date);

create table sales.rpt_weekly_sales as
select
    business_id,
    period_start_date as week_start_date,
    cast(isoyear(period_start_date) as integer) as iso_year,
    cast(weekofyear(period_start_date) as integer) as iso_week,
    * exclude (business_id, period_start_date)
from period_sales('week');

create table sales.rpt_monthly_sales as
select
    business_id,
    period_start_date as month_start_date,
    cast(year(period_start_date) as integer) as year,
    cast(month(period_start_date) as integer) as month,
    * exclude (business_id, period_start_date)
from period_sales('month');

create table sales.rpt_yearly_sales as
select
    business_id,
    period_start_date as year_start_date,
    cast(year(period_start_date) as integer) as year,
    * exclude (business_id, period_start_date)
from period_sales('year');

create table sales.rpt_weekday_profiles as
select
    business_id,
    cast(isodow(sales_date) as integer) as iso_weekday,
    dayname(sales_date) as weekday_name,
    cast(count(*) as integer) as day_count,
    avg(cast(quantity as double)) as mean_quantity,
    avg(cast(sales_amount as double)) as mean_sales_amount,
    avg(cast(order_count as double)) as mean_order_count,
    cast(sum(sales_amount) as double) / nullif(
        cast(sum(sum(sales_amount)) over (partition by business_id) as double), 0
    ) as sales_share
from sales.fct_daily_sales
group by business_id, iso_weekday, weekday_name;

create temp macro share(part, whole) as
    cast(part as double) / nullif(cast(whole as double), 0);

create table sales.rpt_product_rankings as
with summed as (
    select
        business_id,
        product_id,
        cast(sum(line_count) as bigint) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from product_days
    group by business_id, product_id
)
select
    business_id,
    product_id,
    product_name,
    category,
    sub_category,
    cast(
        row_number() over (
            partition by business_id order by sales_amount desc, product_id
        ) as integer
    ) as sales_rank,
    line_count,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(sales_amount as decimal(18, 2)) as sales_amount,
    cast(null as decimal(18, 2)) as profit_amount,
    share(line_count, sum(line_count) over business) as line_share,
    share(quantity, sum(quantity) over business) as quantity_share,
    share(sales_amount, sum(sales_amount) over business) as sales_share
from summed
inner join core.dim_products using (business_id, product_id)
window business as (partition by business_id);

create table sales.rpt_category_rankings as
with levels as (
    select
        business_id,
        case when grouping(sub_category) = 0 then 'sub_category' else 'category' end
            as category_level,
        case when grouping(sub_category) = 0 then sub_category else category end
            as category_name,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from product_days
    inner join core.dim_products using (business_id, product_id)
    group by grouping sets ((business_id, category), (business_id, sub_category))
)
select
    business_id,
    category_level,
    category_name,
    cast(
        row_number() over (
            partition by business_id, category_level
            order by sales_amount desc, category_name
        ) as integer
    ) as sales_rank,
    cast(line_count as bigint) as line_count,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(sales_amount as decimal(18, 2)) as sales_amount,
    cast(null as decimal(18, 2)) as profit_amount,
    share(
        sales_amount, sum(sales_amount) over (partition by business_id, category_level)
    ) as sales_share,
    cast(null as double) as profit_rate
from levels
where category_name is not null;

create table sales.rpt_store_rankings as
with summed as (
    select
        business_id,
        store_id,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from core.fct_sales_lines
    where store_id is not null
    group by business_id, store_id
)
select
    business_id,
    store_id,
    store_id as store_name,
    cast(null as varchar) as store_group,
    cast(null as varchar) as store_type,
    cast(
        row_number() over (
            partition by business_id order by sales_amount desc, store_id
        ) as integer
    ) as sales_rank,
    line_count,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(sales_amount as decimal(18, 2)) as sales_amount,
    cast(null as decimal(18, 2)) as profit_amount,
    share(line_count, sum(line_count) over business) as line_share,
    share(quantity, sum(quantity) over business) as quantity_share,
    share(sales_amount, sum(sales_amount) over business) as sales_share,
    cast(quantity as decimal(18, 4)) as store_name_quantity,
    cast(sales_amount as decimal(18, 2)) as store_name_sales_amount
from summed
window business as (partition by business_id);

create table sales.rpt_ship_mode_rankings (
    business_id varchar, ship_mode varchar, sales_rank integer, line_count bigint,
    quantity decimal(18, 4), sales_amount decimal(18, 2), profit_amount decimal(18, 2),
    line_share double, quantity_share double, sales_share double
);

create table sales.rpt_customer_demographics (
    business_id varchar, attribute varchar, attribute_value varchar,
    customer_count bigint, mean_age double, mean_income_amount double,
    mean_spend_amount double
);

create table sales.rpt_weekly_product_sales as
select
    days.business_id,
    cast(date_trunc('week', days.sales_date) as date) as week_start_date,
    days.product_id,
    any_value(products.product_name) as product_name,
    cast(sum(days.quantity) as decimal(18, 4)) as quantity,
    cast(sum(days.sales_amount) as decimal(18, 2)) as sales_amount
from (
    select business_id, product_id, sales_date, quantity, sales_amount
    from product_days
    union all
    -- Weeks without a sale have a row too.
    select
        business_id,
        product_id,
        cast(
            unnest(
                generate_series(
                    date_trunc('week', min(sales_date)), max(sales_date),
                    interval 7 day
                )
            ) as date
        ) as sales_date,
        0 as quantity,
        0 as sales_amount
    from product_days
    group by business_id, product_id
) as days
inner join core.dim_products as products using (business_id, product_id)
group by days.business_id, week_start_date, days.product_id;

-- Pearson correlation of the daily quantities of the fifty products that sell most.
-- With one array of daily numbers per product, a pair is one inner product.
create table sales.rpt_product_correlations as
with top_products as (
    select business_id, product_id
    from product_days
    group by business_id, product_id
    qualify
        row_number() over (
            partition by business_id order by sum(quantity) desc, product_id
        ) <= 50
),
spans as (
    select
        business_id,
        min(sales_date) as first_day,
        max(sales_date) - min(sales_date) + 1 as day_count
    from product_days
    semi join top_products using (business_id, product_id)
    group by business_id
),
grid as (
    select
        business_id,
        product_id,
        day_count,
        first_day + cast(unnest(range(day_count)) as integer) as sales_date
    from top_products
    inner join spans using (business_id)
),
series as (
    select
        business_id,
        product_id,
        day_count,
        avg(coalesce(cast(quantity as double), 0)) as mean_quantity,
        min(coalesce(quantity, 0)) < max(coalesce(quantity, 0)) as varies,
        list(coalesce(cast(quantity as double), 0) order by sales_date) as quantities
    from grid
    left join product_days using (business_id, product_id, sales_date)
    group by business_id, product_id, day_count
),
centred as (
    select
        series.* exclude (quantities),
        products.product_name,
        list_transform(quantities, lambda quantity: quantity - mean_quantity)
            as deviations
    from series
    inner join core.dim_products as products using (business_id, product_id)
),
correlated as (
    select
        one.business_id,
        one.product_id,
        other.product_id as other_product_id,
        one.product_name,
        other.product_name as other_product_name,
        one.day_count,
        case
            when one.day_count >= 3 and one.varies and other.varies
                then greatest(
                    -1,
                    least(
                        1,
                        list_inner_product(one.deviations, other.deviations)
                        / sqrt(list_inner_product(one.deviations, one.deviations))
                        / sqrt(list_inner_product(other.deviations, other.deviations))
                    )
                )
        end as correlation
    from centred as one
    inner join centred as other
        on one.business_id = other.business_id and one.product_id < other.product_id
)
select * from correlated
union all
select
    business_id,
    other_product_id,
    product_id,
    other_product_name,
    product_name,
    day_count,
    correlation
from correlated;
