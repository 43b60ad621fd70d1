with

staged as (

    select * from {{ ref('retail_marts', 'int_staged_rows_unioned') }}

),

oddities as (

    select * from {{ ref('retail_marts', 'int_row_oddities_unioned') }}

),

rows_with_references as (

    select * from {{ ref('retail_marts', 'int_row_references_unioned') }}

),

products as (

    select * from {{ ref('retail_marts', 'dim_products') }}

),

stores as (

    select * from {{ ref('retail_marts', 'dim_stores') }}

),

unknown_references as (

    select
        referring.business_id,
        referring.source_table,
        referring.source_file,
        referring.source_row_number,
        {{ all_of([
            (
                'referring.product_id is not null and products.product_id is null',
                "'a product that is neither sold nor described'"
            ),
            (
                'referring.store_id is not null and stores.store_id is null',
                "'a store that neither sells nor is described'"
            ),
        ]) }} as warning
    from rows_with_references as referring
    left join products
        on
            referring.business_id = products.business_id
            and referring.product_id = products.product_id
    left join stores
        on
            referring.business_id = stores.business_id
            and referring.store_id = stores.store_id

),

-- Oddities of a single row, and those found by comparing rows.
unioned as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        warning
    from staged
    where rejection_reason is null and warning is not null
    union all
    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        warning
    from oddities
    union all
    select * from unknown_references where warning is not null

),

final as (

    select
        business_id,
        source_table,
        source_file,
        source_row_number,
        {{ joined_text('warning') }} as warning
    from unioned
    group by business_id, source_table, source_file, source_row_number

)

select * from final
