-- Warnings and rejection reasons are published, so they must not contain a customer's
-- name or address. This test only warns, because a customer can be named like an
-- ordinary word, such as Store.
{{ config(severity='warn') }}

with

names as (

    select lower(customer_name) as personal_text
    from {{ ref('retail_marts', 'dim_customers') }}
    union
    select lower(email) as personal_text from {{ ref('retail_marts', 'dim_customers') }}
    union
    select lower(manager_name) as personal_text
    from {{ ref('retail_marts', 'dim_regions') }}

),

published as (

    select warning as published_text from {{ ref('retail_marts', 'fct_row_warnings') }}
    union all
    select rejection_reason as published_text
    from {{ ref('retail_marts', 'fct_rejected_rows') }}

),

-- Numbers are not names. Without them, only few different texts remain.
texts as (

    select distinct translate(lower(published_text), '0123456789', '') as wording
    from published

)

select texts.wording
from texts
inner join names on contains(texts.wording, names.personal_text)
-- Very short names are parts of ordinary words.
where length(names.personal_text) > 4
