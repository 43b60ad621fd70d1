-- A format that fits only part of the rows may read those wrong: 02/10 is a date in
-- both orders. More than one row in twenty is no slip of the keyboard.
{{ config(severity='warn') }}

with

files as (

    select * from {{ ref('fct_source_files') }}

)

select * from files
where rejected_row_count * 20 > accepted_row_count + rejected_row_count
