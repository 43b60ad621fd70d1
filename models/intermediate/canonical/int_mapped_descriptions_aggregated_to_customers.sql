{#-
    One description of each customer from all lines. A text is the most frequent one, the
    latest of equally frequent ones. State, country, region and market are those of the
    city, so that they fit together. Names, e-mail addresses and numbers are the latest.
-#}
{%- set places = ['city', 'state', 'country', 'region', 'market'] -%}
{%- set frequent = ['city', 'gender', 'marital_status', 'customer_group'] -%}
{%- set latest = [
    'customer_name', 'email', 'age', 'income_amount', 'credit_card_debt_amount',
    'net_worth_amount'
] -%}

with

descriptions as (

    select
        *,
        row_number() over (
            partition by business_id, customer_id
            order by order_date, source_file, row_order
        ) as time_rank
    from {{ ref('int_mapped_lines_aggregated_to_customers') }}

),

counted as (

    select
        *,
        {% for column in frequent -%}
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
    from descriptions

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

aggregated as (

    select
        business_id,
        customer_id,
        {% for column in places -%}
        max(case when place_rank = 1 then {{ column }} end) as {{ column }},
        {% endfor -%}
        {% for column in frequent if column != 'city' -%}
        {{ latest_of(column, [column ~ '_count', 'time_rank']) }} as {{ column }},
        {% endfor -%}
        {% for column in latest -%}
        {{ latest_of(column, ['time_rank']) }} as {{ column }},
        {% endfor -%}
        max(order_date) as order_date
    from ranked
    group by business_id, customer_id

)

select * from aggregated
