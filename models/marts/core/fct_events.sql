{%- set columns = [
    'business_id', 'event_name', 'event_type', 'product_id', 'store_id', 'category'
] -%}

with

events as (

    select
        *,
        coalesce(event_date, start_date) as first_day,
        coalesce(end_date, event_date, start_date) as last_day
    from {{ ref('retail_marts', 'int_events_unioned') }}

),

days as (

    {{ days_between('events', 'first_day', 'last_day', columns) | indent(4) }}

),

-- Rows may be repeated, and the days of two rows may overlap.
final as (

    select distinct
        business_id,
        date_day as event_date,
        event_name,
        event_type,
        product_id,
        store_id,
        category
    from days

)

select * from final
