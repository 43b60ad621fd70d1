-- One wrong setting (a date format, a decimal mark) rejects every row, and a green
-- build without a single sale would be read as "nothing was sold".
with

files as (

    select * from {{ ref('fct_source_files') }}

)

select * from files
where accepted_row_count = 0 and rejected_row_count > 0
