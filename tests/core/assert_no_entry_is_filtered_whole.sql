-- A misspelt value in `keep` of a filter leaves out every row. Without this test, the
-- build would pass and show no sales. A single file may have none of the values.
with

files as (

    select * from {{ ref('retail_marts', 'fct_source_files') }}

)

select source_table
from files
group by source_table
having sum(accepted_row_count) = 0 and sum(filtered_row_count) > 0
