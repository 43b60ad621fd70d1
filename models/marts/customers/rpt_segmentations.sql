with

results as (

    select *
    from {{ ref('retail_marts', 'py_customer_segments') }}
    where result_kind = 'segmentations'

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

-- Lines without a customer (or store) belong to no segment.
lines as (

    select
        sales_lines.business_id,
        sales_lines.customer_id,
        sales_lines.store_id,
        sales_lines.sales_amount
    from {{ ref('retail_marts', 'fct_sales_lines') }} as sales_lines
    inner join businesses on sales_lines.business_id = businesses.business_id
    where sales_lines.order_date <= businesses.as_of_date

),

unknown_lines as (

    {% for subject in ['customer', 'store'] -%}
    select
        business_id,
        '{{ subject }}' as subject,
        count(*) as line_count,
        sum(sales_amount) as sales_amount
    from lines
    where {{ subject }}_id is null
    group by business_id
    {% if not loop.last -%}
    union all
    {% endif -%}
    {% endfor %}

),

final as (

    select
        results.business_id,
        results.subject,
        results.silhouette_method,
        results.note,
        cast(results.row_count as bigint) as row_count,
        cast(results.segmented_count as bigint) as segmented_count,
        coalesce(unknown_lines.line_count, 0) as unknown_line_count,
        cast(coalesce(unknown_lines.sales_amount, 0) as decimal(38, 2))
            as unknown_sales_amount,
        cast(results.segment_count as integer) as segment_count,
        cast(results.consensus_segment_count as integer) as consensus_segment_count,
        cast(results.elbow_segment_count as integer) as elbow_segment_count,
        cast(results.distinct_groups as integer) as distinct_groups,
        results.silhouette as mean_silhouette,
        results.stability,
        results.pca_1_variance_share,
        results.pca_2_variance_share,
        results.is_pinned,
        businesses.as_of_date
    from results
    inner join businesses on results.business_id = businesses.business_id
    left join unknown_lines
        on
            results.business_id = unknown_lines.business_id
            and results.subject = unknown_lines.subject

)

select * from final
