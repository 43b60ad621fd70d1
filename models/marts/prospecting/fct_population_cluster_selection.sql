with

results as (

    select * from {{ ref('retail_marts', 'py_population_clusters') }}

),

final as (

    select
        business_id,
        population_id,
        algorithm,
        cast(k as integer) as k,
        silhouette_method,
        inertia,
        elbow_strength,
        silhouette,
        calinski_harabasz,
        davies_bouldin,
        stability,
        mean_rank,
        is_elbow,
        is_consensus,
        is_chosen
    from results
    where result_kind = 'selection'

)

select * from final
