{#-
    One description of each customer from all lines. A text is the most frequent one, the
    latest of equally frequent ones. City, state, country, region and market are those of
    one place, so that they fit together. Names, addresses and numbers are the latest.
-#}
{%- set places = ['city', 'state', 'country', 'region', 'market'] -%}
{%- set frequent = ['gender', 'marital_status', 'customer_group'] -%}
{%- set latest = [
    'customer_name', 'email', 'age', 'income_amount', 'credit_card_debt_amount',
    'net_worth_amount'
] -%}
{%- set time = ['order_date', 'source_file', 'row_order'] -%}

with

descriptions as (

    select
        *,
        {% for column in places -%}
        case when {{ column }} is null then 0 else 1 end
        {{- ' +' if not loop.last else ' as place_length,' }}
        {% endfor -%}
        {% for column in frequent -%}
        sum(line_count) over (partition by business_id, customer_id, {{ column }})
            as {{ column }}_count,
        {% endfor -%}
        sum(line_count) over (
            partition by business_id, customer_id, {{ places | join(', ') }}
        ) as place_count
    from {{ ref('int_mapped_lines_aggregated_to_customers') }}

),

-- A place that lacks a part is only used where no place is more complete.
ranked as (

    select
        *,
        row_number() over (
            partition by business_id, customer_id
            order by
                place_length desc, place_count desc, order_date desc, source_file desc,
                row_order desc
        ) as place_rank
    from descriptions

),

aggregated as (

    select
        business_id,
        customer_id,
        {% for column in places -%}
        max(case when place_rank = 1 then {{ column }} end) as {{ column }},
        {% endfor -%}
        {% for column in frequent -%}
        {{ latest_of(column, [column ~ '_count'] + time) }} as {{ column }},
        {% endfor -%}
        {% for column in latest -%}
        {{ latest_of(column, time) }} as {{ column }},
        {% endfor -%}
        max(order_date) as order_date
    from ranked
    group by business_id, customer_id

)

select * from aggregated
