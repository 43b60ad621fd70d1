-- A date or number format that fits only some of the rows can read others wrong: 02/10
-- is a valid date in both orders. Warns when more than one row in twenty is rejected,
-- because that is more than typing errors. Mapped files that only describe what is sold
-- are not counted: they often repeat a key, and no money depends on them.
{{ config(severity='warn') }}

with

files as (

    select * from {{ ref('retail_marts', 'fct_source_files') }}

)

select * from files
where
    rejected_row_count * 20 > accepted_row_count + rejected_row_count
    and (
        source_table not like '% of %'
        or source_table like 'sales_lines of %'
        or source_table like 'populations of %'
    )
