-- Runs after the sales lines, so that two models never write the source at once.
-- depends_on: {{ ref('retail_marts', 'stg_mapped__sales_lines') }}
with

source as (

    select * from {{ source('mapped', 'sales_lines') }}

),

renamed as (

    select
        -- ids
        mapped_source,

        -- strings
        business_name,
        currency,
        country_code,
        time_zone,

        -- booleans
        has_business_column
    from source

)

select * from renamed
