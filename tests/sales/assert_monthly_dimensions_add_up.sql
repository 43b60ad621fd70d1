-- Each dimension must contain all sales of a month, also the lines without a member.
-- Each row is rounded to cents, so a sum may differ by half a cent per row.
with

members as (

    select
        business_id,
        month_start_date,
        dimension,
        count(*) as row_count,
        sum(sales_amount) as sales_amount,
        sum(profit_amount) as profit_amount,
        sum(quantity) as quantity
    from {{ ref('retail_marts', 'rpt_monthly_sales_by') }}
    group by business_id, month_start_date, dimension

),

dimensions as (

    select distinct
        business_id,
        dimension
    from members

),

-- The test must also find a month that is missing from a dimension.
expected as (

    select
        dimensions.dimension,
        months.*
    from {{ ref('retail_marts', 'rpt_monthly_sales') }} as months
    inner join dimensions on months.business_id = dimensions.business_id

)

select
    expected.business_id,
    expected.month_start_date,
    expected.dimension,
    expected.sales_amount,
    members.sales_amount as member_sales_amount
from expected
left join members
    on
        expected.business_id = members.business_id
        and expected.month_start_date = members.month_start_date
        and expected.dimension = members.dimension
where
    members.row_count is null
    or expected.quantity is distinct from members.quantity
    or abs(expected.sales_amount - members.sales_amount)
    > 0.005 * (members.row_count + 1)
    or abs(expected.profit_amount - members.profit_amount)
    > 0.005 * (members.row_count + 1)
