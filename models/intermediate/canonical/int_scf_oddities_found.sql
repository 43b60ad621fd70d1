with

implicates as (

    select *
    from {{ ref('retail_marts', 'stg_scf__implicates') }} where rejection_reason is null

),

families as (

    select
        family_id,
        min(source_file) as source_file,
        min(source_row_number) as source_row_number,
        count(*) as implicate_count
    from implicates
    group by family_id

),

incomplete_families as (

    select
        'scf.implicates' as source_table,
        source_file,
        source_row_number,
        'a family of ' || implicate_count || ' implicates, not 5' as warning
    from families
    where implicate_count <> 5

)

select * from incomplete_families
