-- A reader may swallow a broken line, or two lines in one, without a word. So the lines
-- are counted once more in the file's own bytes, and every landed row must have been
-- accepted or rejected.
with

files as (

    select * from {{ ref('fct_source_files') }}

),

rejected as (

    select
        source_table,
        source_file,
        count(*) as row_count
    from {{ ref('fct_rejected_rows') }}
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
    -- A row that spans lines counts once, so rows may be fewer than lines.
    or accepted_row_count + rejected_row_count > landed_line_count
    or rejected_row_count <> rejected_in_mart
