{{ config(
    materialized='incremental',
    incremental_strategy='changed_files',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
) }}

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
    where rejection_reason is not null and {{ is_of_changed_file(source_table) }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
)

select * from unioned
