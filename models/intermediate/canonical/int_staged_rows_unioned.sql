{#- Every row of every file, accepted or rejected, for all that account for rows. -#}
with

unioned as (

    {% for model, business_id, source_table in staged_tables() -%}
    select
        {{ business_id }} as business_id,
        {{ source_table }} as source_table,
        source_file,
        source_row_number,
        line_count,
        rejection_reason,
        warning,
        raw_row
    from {{ model }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
)

select * from unioned
