with

results as (

    select *
    from {{ ref('retail_marts', 'py_customer_segments') }} where subject = 'store'

),

features as (

    select * from {{ ref('retail_marts', 'int_segment_features_unioned') }}
    where subject = 'store'

),

stores as (

    select * from {{ ref('retail_marts', 'dim_stores') }}

),

members as (

    select * from results where result_kind = 'segments'

),

labels as (

    select * from results where result_kind = 'labels'

),

segmentations as (

    select * from results where result_kind = 'segmentations'

),

final as (

    select
        members.business_id,
        members.subject_id as store_id,
        stores.store_name,
        labels.segment_name,
        labels.strategy,
        case
            when members.segment_id is not null then segmentations.silhouette_method
        end as silhouette_method,
        members.note,
        cast(members.segment_id as integer) as segment_id,
        cast(features.recency_days as integer) as recency_days,
        cast(features.order_count as bigint) as order_count,
        cast(features.line_count as bigint) as line_count,
        features.monetary_amount,
        features.quantity,
        features.profit_amount,
        features.shipping_cost_amount,
        members.pca_1,
        members.pca_2,
        members.silhouette
    from members
    inner join features
        on
            members.business_id = features.business_id
            and members.subject_id = features.subject_id
    inner join segmentations on members.business_id = segmentations.business_id
    inner join stores
        on
            members.business_id = stores.business_id
            and members.subject_id = stores.store_id
    left join labels
        on
            members.business_id = labels.business_id
            and members.segment_id = labels.segment_id

)

select * from final
