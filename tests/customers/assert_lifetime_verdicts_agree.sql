-- BG/NBD must have the lowest error of its class where it is said to beat baselines. It
-- must be said to beat them over all customers where its expectations are used.
with

holdout as (

    select * from {{ ref('retail_marts', 'rpt_lifetime_value_holdout') }}

),

lifetime_values as (

    select * from {{ ref('retail_marts', 'fct_customer_lifetime_value') }}

),

not_lower as (

    select
        models.business_id,
        models.frequency_class,
        'its error is not the lowest' as problem
    from holdout as models
    inner join holdout as baselines
        on
            models.business_id = baselines.business_id
            and models.frequency_class = baselines.frequency_class
    where
        models.beats_baseline
        and baselines.is_baseline
        and models.orders_rmse >= baselines.orders_rmse

),

used as (

    select distinct business_id
    from lifetime_values
    where model_name = 'bg_nbd'

),

used_but_beaten as (

    select
        used.business_id,
        holdout.frequency_class,
        'it is used and does not beat the baselines' as problem
    from used
    inner join holdout on used.business_id = holdout.business_id
    where
        holdout.model_name = 'bg_nbd'
        and holdout.frequency_class = 'all'
        and not coalesce(holdout.beats_baseline, false)

)

select * from not_lower
union all
select * from used_but_beaten
