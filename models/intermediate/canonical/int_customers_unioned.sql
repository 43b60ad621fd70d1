{#-
    What each source says about its customers; one row a customer that a source
    describes. Customers that only buy have no row here.
-#}
{%- set texts = [
    'customer_name', 'email', 'gender', 'marital_status', 'customer_group', 'city',
    'state', 'country', 'region', 'market'
] -%}
{%- set amounts = [
    'income_amount', 'credit_card_debt_amount', 'net_worth_amount', 'spend_amount'
] -%}

with

kalbe as (

    select
        'kalbe' as business_id,
        customer_id,
        {{ customer_attributes(['gender', 'marital_status', 'age', 'income_amount']) }}
    from {{ ref('stg_kalbe__customers') }}
    where rejection_reason is null

),

umkm_names as (

    select distinct
        {{ keyed_hash('customer_name') }} as customer_id,
        customer_name
    from {{ ref('stg_umkm__orders') }}
    where rejection_reason is null

),

umkm as (

    select
        'umkm' as business_id,
        customer_id,
        {{ customer_attributes(['customer_name']) }}
    from umkm_names

),

superstore_latest as (

    select
        customer_id,
        {% for column in [
            'customer_name', 'customer_group', 'city', 'state', 'country', 'region',
            'market'
        ] -%}
        {{ latest_of(column, ['order_date', 'source_row_number']) }} as {{ column }}
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
    from {{ ref('int_superstore_orders_keyed') }}
    group by customer_id

),

superstore as (

    select
        'superstore' as business_id,
        customer_id,
        {{ customer_attributes([
            'customer_name', 'customer_group', 'city', 'state', 'country', 'region',
            'market'
        ]) }}
    from superstore_latest

),

car_dealer as (

    select
        'car_dealer' as business_id,
        {{ keyed_hash('lower(email)') }} as customer_id,
        {{ customer_attributes([
            'customer_name', 'email', 'gender', 'country', 'age', 'income_amount',
            'credit_card_debt_amount', 'net_worth_amount', 'spend_amount'
        ]) }}
    from {{ ref('stg_car_dealer__customers') }}
    where rejection_reason is null

),

mapped_file as (

    select * from {{ ref('stg_mapped__customers') }} where rejection_reason is null

),

-- Sales lines describe their customers too; the customer file knows better.
mapped_described as (

    select * from {{ ref('int_mapped_lines_aggregated_to_customers') }}

),

mapped_latest as (

    select
        business_id,
        customer_id,
        {% for column in ['customer_name', 'email', 'country', 'region', 'market'] -%}
        {{ latest_of(column, ['order_date', 'source_file', 'row_order']) }}
            as {{ column }}
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
    from mapped_described
    group by business_id, customer_id

),

mapped as (

    select
        coalesce(mapped_file.business_id, mapped_latest.business_id) as business_id,
        coalesce(mapped_file.customer_id, mapped_latest.customer_id) as customer_id,
        {% for column in texts -%}
        {% if column in ['customer_name', 'email', 'country', 'region', 'market'] -%}
        coalesce(mapped_file.{{ column }}, mapped_latest.{{ column }}) as {{ column }},
        {% else -%}
        mapped_file.{{ column }},
        {% endif -%}
        {% endfor -%}
        mapped_file.age,
        {% for column in amounts -%}
        cast(mapped_file.{{ column }} as decimal(28, 8)) as {{ column }}
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
    from mapped_file
    full outer join mapped_latest
        on
            mapped_file.business_id = mapped_latest.business_id
            and mapped_file.customer_id = mapped_latest.customer_id

),

unioned as (

    select * from kalbe
    union all
    select * from umkm
    union all
    select * from superstore
    union all
    select * from car_dealer
    union all
    select * from mapped

)

select * from unioned
