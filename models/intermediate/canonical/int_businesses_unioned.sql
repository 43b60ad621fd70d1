{#-
    Every business that the settings name, whether or not it has sold anything: the
    shipped sources that are switched on, the mapped entries, and the businesses that a
    column of a mapped file names.
-#}
{%- set shipped = setting('businesses') -%}
{%- set sources = setting('sources') -%}

with

shipped as (

    {% for business_id in shipped if business_id in sources -%}
    select
        {{ sql_literal(business_id) }} as business_id,
        {{ sql_literal(shipped[business_id].business_name) }} as business_name,
        {{ sql_literal(shipped[business_id].currency) }} as currency,
        {{ sql_literal(shipped[business_id].country_code) }} as country_code,
        {{ sql_literal(setting('businesses.' ~ business_id ~ '.time_zone')) }}
            as time_zone
    union all
    {% endfor -%}
    select
        cast(null as string) as business_id,
        cast(null as string) as business_name,
        cast(null as string) as currency,
        cast(null as string) as country_code,
        cast(null as string) as time_zone
    where false

),

entries as (

    select * from {{ ref('retail_marts', 'stg_mapped__entries') }}

),

counted as (

    select * from {{ ref('retail_marts', 'int_staged_rows_counted') }}

),

-- A file without a business column belongs to one business: the entry.
entry_businesses as (

    select
        mapped_source as business_id,
        coalesce(business_name, mapped_source) as business_name,
        currency,
        country_code,
        time_zone
    from entries
    where not has_business_column

),

column_businesses as (

    select distinct
        counted.business_id,
        counted.business_id as business_name,
        entries.currency,
        entries.country_code,
        entries.time_zone
    from entries
    inner join counted
        on
            counted.source_table in (
                'sales_lines of ' || entries.mapped_source,
                'customers of ' || entries.mapped_source,
                'products of ' || entries.mapped_source,
                'stores of ' || entries.mapped_source,
                'stock of ' || entries.mapped_source,
                'product_terms of ' || entries.mapped_source,
                'events of ' || entries.mapped_source
            )
    where
        entries.has_business_column
        and counted.accepted_row_count > 0

),

unioned as (

    select * from shipped
    union all
    select * from entry_businesses
    union all
    select * from column_businesses

)

select * from unioned
