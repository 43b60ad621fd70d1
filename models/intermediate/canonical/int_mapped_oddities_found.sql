with

mapped as (

    select *
    from {{ ref('retail_marts', 'stg_mapped__sales_lines') }}
    where rejection_reason is null

),

-- Rejected rows are counted too: filtering them out here would take more time.
repeated_hashes as (

    select
        mapped_source,
        row_hash
    from {{ ref('retail_marts', 'stg_mapped__sales_lines') }}
    group by mapped_source, row_hash
    having count(*) > 1

),

repeated as (

    select
        mapped.business_id,
        mapped.source_table,
        mapped.source_file,
        mapped.source_row_number,
        row_number() over (
            partition by mapped.mapped_source, mapped.row_hash
            order by mapped.source_file, mapped.source_row_number
        ) as occurrence
    from mapped
    inner join repeated_hashes
        on
            mapped.mapped_source = repeated_hashes.mapped_source
            and mapped.row_hash = repeated_hashes.row_hash

),

duplicates as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        'an exact duplicate of an earlier row' as warning
    from repeated
    where occurrence > 1

)

select * from duplicates
