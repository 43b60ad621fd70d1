-- All net sales up to the as-of date must belong to a customer (or store) of the
-- segments mart, with or without a segment, or to lines without a customer (or store).
-- Customers are rounded to cents, so each may differ by half a cent.
with

lines as (

    select
        sales_lines.business_id,
        sum(sales_lines.sales_amount) as sales_amount
    from {{ ref('retail_marts', 'fct_sales_lines') }} as sales_lines
    inner join {{ ref('retail_marts', 'dim_businesses') }} as businesses
        on sales_lines.business_id = businesses.business_id
    where sales_lines.order_date <= businesses.as_of_date
    group by sales_lines.business_id

),

members as (

    {% for subject in ['customer', 'store'] -%}
    select
        business_id,
        '{{ subject }}' as subject,
        count(*) as row_count,
        count(segment_id) as segmented_count,
        sum(monetary_amount) as sales_amount
    from {{ ref('retail_marts', 'fct_' ~ subject ~ '_segments') }}
    group by business_id
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}

),

compared as (

    select
        segmentations.business_id,
        segmentations.subject,
        segmentations.row_count,
        members.row_count as member_count,
        segmentations.segmented_count,
        members.segmented_count as segmented_member_count,
        coalesce(lines.sales_amount, 0) as sales_amount,
        coalesce(members.sales_amount, 0) + segmentations.unknown_sales_amount
            as accounted_amount
    from {{ ref('retail_marts', 'rpt_segmentations') }} as segmentations
    inner join members
        on
            segmentations.business_id = members.business_id
            and segmentations.subject = members.subject
    left join lines on segmentations.business_id = lines.business_id

)

select * from compared
where
    row_count <> member_count
    or segmented_count <> segmented_member_count
    or abs(sales_amount - accounted_amount) > 0.005 * (member_count + 1)
