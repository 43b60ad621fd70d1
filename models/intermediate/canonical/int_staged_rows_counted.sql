{#- Counted once, in one pass over the files, for every mart that asks. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='changed_files',
    on_schema_change='fail',
    post_hook='{{ note_refresh() }}',
) }}

with

counted as (

    {% for model, business_id, source_table in staged_tables() -%}
    select
        {{ business_id }} as business_id,
        {{ source_table }} as source_table,
        source_file,
        sum(line_count) as landed_line_count,
        sum(case when rejection_reason is null then 1 else 0 end) as accepted_row_count,
        sum(case when rejection_reason is null then 0 else 1 end) as rejected_row_count
    from {{ model }}
    where {{ is_of_changed_file(source_table) }}
    group by 1, 2, 3
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
)

select * from counted
