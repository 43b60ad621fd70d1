-- A date or number format that fits only some of the rows can read others wrong: 02/10
-- is a valid date in both orders. Warns when more than one row in twenty is rejected,
-- because that is more than typing errors. Mapped files that only describe customers,
-- products or the like do not count: their rows are no sales.
{{ config(severity='warn') }}

with

files as (

    select * from {{ ref('fct_source_files') }}

)

select * from files
where
    (source_table not like '% of %' or source_table like 'sales_lines of %')
    and rejected_row_count * 20 > accepted_row_count + rejected_row_count
