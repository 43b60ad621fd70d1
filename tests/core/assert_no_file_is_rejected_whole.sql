-- One wrong setting (a date format, a decimal mark) can reject all rows of a file.
-- Without this test, the build would pass and show no sales.
with

files as (

    select * from {{ ref('fct_source_files') }}

)

select * from files
where accepted_row_count = 0 and rejected_row_count > 0
