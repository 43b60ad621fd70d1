-- A CSV reader can silently skip a broken line or merge two lines into one. Therefore,
-- lines are also counted from the file's bytes, and every landed row must be accepted,
-- rejected or filtered.
with

files as (

    select * from {{ ref('retail_marts', 'fct_source_files') }}

),

rejected as (

    select
        source_table,
        source_file,
        count(*) as row_count
    from {{ ref('retail_marts', 'fct_rejected_rows') }}
    group by source_table, source_file

),

compared as (

    select
        files.*,
        coalesce(rejected.row_count, 0) as rejected_in_mart
    from files
    left join rejected
        on
            files.source_table = rejected.source_table
            and files.source_file = rejected.source_file

)

select * from compared
where
    raw_line_count <> landed_line_count
    -- A row can span several lines, so there may be fewer rows than lines.
    or accepted_row_count + rejected_row_count + filtered_row_count > landed_line_count
    or rejected_row_count <> rejected_in_mart
