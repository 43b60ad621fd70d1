with

unioned as (

    {% for model, business_id, source_table in staged_tables() -%}
    select
        {{ business_id }} as business_id,
        {{ source_table }} as source_table,
        source_file,
        source_row_number,
        rejection_reason,
        raw_row
    from {{ model }}
    where rejection_reason is not null
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
)

select * from unioned
