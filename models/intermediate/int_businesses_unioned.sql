{#-
    Every business that the settings name, whether or not it has sold anything: the
    shipped sources that are switched on, the mapped entries, and the businesses that a
    column of a mapped file names.
-#}
{%- set shipped = var('businesses') -%}

-- depends_on: {{ ref('int_staged_rows_counted') }}

with

shipped as (

    {% for business_id in shipped if business_id in var('sources') -%}
    select
        {{ sql_literal(business_id) }} as business_id,
        {{ sql_literal(shipped[business_id].business_name) }} as business_name,
        {{ sql_literal(shipped[business_id].currency) }} as currency,
        {{ sql_literal(shipped[business_id].country_code) }} as country_code
    union all
    {% endfor -%}
    select
        cast(null as varchar) as business_id,
        cast(null as varchar) as business_name,
        cast(null as varchar) as currency,
        cast(null as varchar) as country_code
    where false

),

mapped as (

    {% for entry in mapped_entries(source('mapped', 'sales_lines')) -%}
    {%- set has_column = 'business_id' in entry.mapped_columns -%}
    select distinct
        {{ mapped_business_id(entry) }} as business_id,
        {% if has_column or not entry.business_name -%}
        {{ mapped_business_id(entry) }}
        {%- else -%}
        {{ sql_literal(entry.business_name) }}
        {%- endif %} as business_name,
        {% for column in ['currency', 'country_code'] -%}
        {{ sql_literal(entry[column]) if entry[column] else 'cast(null as varchar)' }}
            as {{ column }}
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
    {% if has_column -%}
    from {{ ref('int_staged_rows_counted') }}
    where
        source_table = {{ sql_literal('sales_lines of ' ~ entry.mapped_source) }}
        and accepted_row_count > 0
    {% endif -%}
    union all
    {% endfor -%}
    select * from shipped where false

),

unioned as (

    select * from shipped
    union all
    select * from mapped

)

select * from unioned
