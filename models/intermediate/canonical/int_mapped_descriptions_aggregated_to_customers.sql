{#-
    One description of each customer from all lines. A text is the most frequent one, the
    latest of equally frequent ones. State, country, region and market are those of the
    city, so that they fit together. Names, e-mail addresses and numbers are the latest.
-#}
{%- set places = ['city', 'state', 'country', 'region', 'market'] -%}
{%- set texts = ['gender', 'marital_status', 'customer_group'] -%}
{%- set latest = [
    'customer_name', 'email', 'age', 'income_amount', 'credit_card_debt_amount',
    'net_worth_amount'
] -%}
{%- set time = ['order_date', 'source_file', 'row_order'] -%}

with

descriptions as (

    select * from {{ ref('retail_marts', 'int_mapped_lines_aggregated_to_customers') }}

),

latest as (

    select
        business_id,
        customer_id,
        {% for column in places + texts + latest -%}
        {{ latest_of(column, time) }} as {{ column }},
        {% endfor -%}
        {% for column in places + texts -%}
        coalesce(min({{ column }}) <> max({{ column }}), false)
        {{- ' or' if not loop.last }}
        {% endfor -%}
        as has_several_values,
        max(order_date) as order_date
    from descriptions
    group by business_id, customer_id

),

-- Few customers have several values, and counting takes much more time than the rest.
varied as (

    select
        descriptions.*,
        row_number() over (
            partition by descriptions.business_id, descriptions.customer_id
            order by
                descriptions.order_date, descriptions.source_file,
                descriptions.row_order
        ) as time_rank
    from descriptions
    inner join latest
        on
            descriptions.business_id = latest.business_id
            and descriptions.customer_id = latest.customer_id
    where latest.has_several_values

),

counted as (

    select
        *,
        {% for column in ['city'] + texts -%}
        sum(line_count) over (partition by business_id, customer_id, {{ column }})
            as {{ column }}_count,
        {% endfor -%}
        max(time_rank) over (partition by business_id, customer_id, city)
            as city_time_rank,
        sum(line_count) over (
            partition by business_id, customer_id, {{ places | join(', ') }}
        ) as place_count,
        {% for column in places -%}
        case when {{ column }} is null then 0 else 1 end
        {{- ' +' if not loop.last }}
        {% endfor -%}
        as place_length
    from varied

),

-- Places of the most frequent city come first, and of these the most complete ones.
ranked as (

    select
        *,
        row_number() over (
            partition by business_id, customer_id
            order by
                case when city is null then 0 else 1 end desc, city_count desc,
                city_time_rank desc, place_length desc, place_count desc, time_rank desc
        ) as place_rank
    from counted

),

frequent as (

    select
        business_id,
        customer_id,
        {% for column in places -%}
        max(case when place_rank = 1 then {{ column }} end) as {{ column }},
        {% endfor -%}
        {% for column in texts -%}
        {{ latest_of(column, [column ~ '_count', 'time_rank']) }} as {{ column }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from ranked
    group by business_id, customer_id

),

final as (

    select
        latest.business_id,
        latest.customer_id,
        {% for column in places + texts -%}
        case
            when latest.has_several_values then frequent.{{ column }}
            else latest.{{ column }}
        end as {{ column }},
        {% endfor -%}
        {% for column in latest -%}
        latest.{{ column }},
        {% endfor -%}
        latest.order_date
    from latest
    left join frequent
        on
            latest.business_id = frequent.business_id
            and latest.customer_id = frequent.customer_id

)

select * from final
