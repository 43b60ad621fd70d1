with

results as (

    select *
    from {{ ref('retail_marts', 'py_customer_segments') }}
    where result_kind = 'selection'

),

final as (

    select
        business_id,
        subject,
        algorithm,
        cast(k as integer) as k,
        silhouette_method,
        note,
        cast(row_count as bigint) as row_count,
        inertia,
        elbow_strength,
        silhouette,
        calinski_harabasz,
        davies_bouldin,
        stability,
        cast(distinct_groups as integer) as distinct_groups,
        mean_rank,
        is_elbow,
        is_consensus,
        is_chosen
    from results

)

select * from final
