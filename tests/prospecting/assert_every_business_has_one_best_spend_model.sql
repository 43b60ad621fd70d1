-- Each business must have rows. If any model has figures, exactly one model must be in
-- use, marked on each of its three splits.
with

scores as (

    select * from {{ ref('retail_marts', 'fct_spend_model_scores') }}

),

businesses as (

    select * from {{ ref('retail_marts', 'dim_businesses') }}

),

counted as (

    select
        businesses.business_id,
        count(scores.model_name) as row_count,
        count(scores.mae) as scored_count,
        sum(case when scores.is_best_model then 1 else 0 end) as best_count,
        count(distinct case when scores.is_best_model then scores.split end)
            as best_split_count
    from businesses
    left join scores on businesses.business_id = scores.business_id
    group by businesses.business_id

)

select * from counted
where
    row_count = 0
    or (scored_count > 0 and (best_count <> 3 or best_split_count <> 3))
    or (scored_count = 0 and best_count <> 0)
