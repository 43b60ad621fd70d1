-- The counts in rpt_basket_runs must agree with the other marts, and every business and
-- level must have a row.
with

runs as (

    select * from {{ ref('retail_marts', 'rpt_basket_runs') }}

),

levels as (

    select * from {{ ref('retail_marts', 'int_basket_items_aggregated_to_levels') }}

),

rules as (

    select
        business_id,
        basket_level,
        count(*) as rule_count,
        sum(case when is_significant then 1 else 0 end) as significant_rule_count
    from {{ ref('retail_marts', 'fct_basket_rules') }}
    group by business_id, basket_level

),

itemsets as (

    select
        business_id,
        basket_level,
        count(*) as itemset_count
    from {{ ref('retail_marts', 'fct_basket_itemsets') }}
    group by business_id, basket_level

)

select
    levels.business_id,
    levels.basket_level,
    runs.rule_count
from levels
left join runs
    on
        levels.business_id = runs.business_id
        and levels.basket_level = runs.basket_level
left join rules
    on
        levels.business_id = rules.business_id
        and levels.basket_level = rules.basket_level
left join itemsets
    on
        levels.business_id = itemsets.business_id
        and levels.basket_level = itemsets.basket_level
where
    runs.business_id is null
    or runs.rule_count <> coalesce(rules.rule_count, 0)
    or runs.significant_rule_count <> coalesce(rules.significant_rule_count, 0)
    or runs.itemset_count <> coalesce(itemsets.itemset_count, 0)
