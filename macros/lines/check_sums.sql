{#
    Post-hook: stops the build, before anything is summed, where the figures of a business
    add up to more than a column of the marts holds. It takes 10,000 rows at the limit of
    a row (largest_numbers) to get there.

    check_sums(['sales_amount'], ['quantity'])
#}
{% macro check_sums(amounts, quantities=[]) -%}
{%- if execute -%}
with

summed as (

    select
        business_id
        {%- for column in amounts + quantities %},
        sum(abs({{ column }})) as {{ column }}
        {%- endfor %}
    from {{ this }}
    group by business_id

),

beyond as (

    {% for columns, largest in [
        (amounts, 9999999999999999), (quantities, 99999999999999)
    ] -%}
    {% for column in columns -%}
    select
        business_id,
        '{{ column }}' as column_name,
        {{ largest }} as largest
    from summed
    where {{ column }} > {{ largest }}
    union all
    {% endfor -%}
    {% endfor -%}
    select null, null, null where false

)

select {{ raised_error(
    "'The values of ' || column_name || ' of the business ' || business_id"
    ~ " || ' add up to more than ' || format('{:,}', largest) || '.' || chr(10)"
    ~ " || '  Remedy: check which column of the file is mapped to '"
    ~ " || column_name || ' (bar codes or ids?), or divide the values by 1,000'"
    ~ " || ' in the file, then run dbt build.'"
) }}
from beyond
order by business_id, column_name
limit 1
{%- endif -%}
{%- endmacro %}
