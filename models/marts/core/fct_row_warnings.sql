with

-- Warnings from the row itself.
own as (

    {% for model, business_id, source_table in staged_tables() -%}
    select
        {{ business_id }} as business_id,
        {{ source_table }} as source_table,
        source_file,
        source_row_number,
        warning
    from {{ model }}
    where rejection_reason is null and warning is not null
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

-- Warnings from comparisons with other rows.
across as (

    select * from {{ ref('int_row_oddities_unioned') }}

),

unioned as (

    select * from own
    union all
    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        warning
    from across

),

final as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        {{ joined_text('warning') }} as warning
    from unioned
    group by business_id, source_table, source_file, source_row_number

)

select * from final
