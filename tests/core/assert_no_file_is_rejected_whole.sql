-- One wrong setting (a date format, a decimal mark) can reject all rows of a file.
-- Without this test, the build would pass and show no sales. Rows that only repeat the
-- key of an earlier row are read well: one of several files may have no other rows.
with

files as (

    select * from {{ ref('retail_marts', 'fct_source_files') }}

),

rejected as (

    select distinct
        source_table,
        source_file
    from {{ ref('retail_marts', 'fct_rejected_rows') }}
    where rejection_reason not like '% is already in an earlier row with other values'

)

select files.*
from files
inner join rejected
    on
        files.source_table = rejected.source_table
        and files.source_file = rejected.source_file
where files.accepted_row_count = 0
