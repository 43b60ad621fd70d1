{#- Bands of ten percent points. Rates are rounded first, because 0.3 calculated from
    amounts can be 0.30000000000000004. -#}
with

lines as (

    select
        *,
        cast(discount_rate as decimal(9, 6)) as rounded_rate
    from {{ ref('retail_marts', 'fct_sales_lines') }}

),

priced as (

    select
        business_id,
        case
            when rounded_rate <= 0 then 0
            when rounded_rate > 0 then ceil(rounded_rate * 10)
        end as band,
        rounded_rate,
        sales_amount,
        profit_amount,
        quantity,
        case
            when discount_amount is not null
                then cast(sales_amount + discount_amount as double)
            when discount_rate < 1
                then cast(sales_amount as double) / (1 - discount_rate)
            when discount_rate is not null
                then cast(unit_price_amount as double) * cast(quantity as double)
            else cast(sales_amount as double)
        end as undiscounted_amount
    from lines

),

-- A business without any discount cannot show an effect.
discounting as (

    select business_id
    from priced
    group by business_id
    having max(rounded_rate) > 0

),

summed as (

    select
        priced.business_id,
        priced.band,
        count(*) as line_count,
        sum(priced.quantity) as quantity,
        sum(priced.sales_amount) as sales_amount,
        sum(priced.profit_amount) as profit_amount,
        sum(priced.undiscounted_amount) as undiscounted_amount
    from priced
    inner join discounting on priced.business_id = discounting.business_id
    group by priced.business_id, priced.band

),

final as (

    select
        business_id,
        case
            when band is null then 'unknown'
            when band = 0 then 'no discount'
            when band = 1 then 'up to 10 %'
            else
                'above ' || cast(cast((band - 1) * 10 as integer) as string)
                || ' to ' || cast(cast(band * 10 as integer) as string) || ' %'
        end as discount_band,
        case when band = 0 then 0.0 else cast(band - 1 as double) / 10 end as lower,
        cast(band as double) / 10 as upper,
        cast(line_count as bigint) as line_count,
        cast(quantity as decimal(38, 4)) as quantity,
        cast(sales_amount as decimal(38, 2)) as sales_amount,
        cast(profit_amount as decimal(38, 2)) as profit_amount,
        cast(undiscounted_amount as decimal(38, 2)) as undiscounted_amount,
        cast(sales_amount as double) / nullif(
            cast(sum(sales_amount) over (partition by business_id) as double), 0
        ) as sales_share,
        -- Of the amounts shown: without a discount, it is 0 and not almost 0.
        1 - cast(sales_amount as double) / nullif(
            cast(cast(undiscounted_amount as decimal(38, 2)) as double), 0
        ) as mean_discount_rate,
        cast(profit_amount as double) / nullif(cast(sales_amount as double), 0)
            as profit_rate
    from summed

)

select * from final
