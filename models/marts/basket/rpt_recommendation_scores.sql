with

results as (

    select *
    from {{ ref('retail_marts', 'py_recommendations') }} where result_kind = 'scores'

),

final as (

    select
        business_id,
        evaluation,
        model_name,
        cast(product_count as integer) as product_count,
        customer_count,
        left_out_customer_count,
        cast(window_count as integer) as window_count,
        hit_rate,
        recall_at_10,
        ndcg_at_10,
        mean_reciprocal_rank,
        product_coverage,
        recall_gain,
        recall_gain_lower_95,
        recall_gain_upper_95,
        is_baseline,
        beats_baseline,
        chosen_parts,
        note,
        cast(first_origin_date as date) as first_origin_date
    from results

)

select * from final
