-- A date or number format that fits only some of the rows can read others wrong: 02/10
-- is a valid date in both orders. Warns when more than one row in twenty is rejected,
-- because that is more than typing errors.
{{ config(severity='warn') }}

with

files as (

    select * from {{ ref('fct_source_files') }}

)

select * from files
where rejected_row_count * 20 > accepted_row_count + rejected_row_count
