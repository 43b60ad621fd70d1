-- The joins between accepted rows and sales lines could drop or duplicate rows. Row
-- count, amount and quantity of each business must be the same on both sides.
with

staged as (

    {% for business_id, model in [
        ('kalbe', ref('stg_kalbe__transactions')),
        ('umkm', ref('stg_umkm__orders')),
        ('superstore', ref('stg_superstore__orders')),
    ] -%}
    select
        '{{ business_id }}' as business_id,
        count(*) as row_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from {{ model }}
    where rejection_reason is null
    having count(*) > 0
    union all
    {% endfor -%}
    select
        business_id,
        count(*) as row_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from {{ ref('stg_mapped__sales_lines') }}
    where rejection_reason is null
    group by business_id

),

lines as (

    select
        business_id,
        count(*) as row_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from {{ ref('fct_sales_lines') }}
    group by business_id

),

compared as (

    select
        coalesce(staged.business_id, lines.business_id) as business_id,
        staged.row_count as staged_row_count,
        lines.row_count as line_count,
        staged.quantity as staged_quantity,
        lines.quantity as line_quantity,
        staged.sales_amount as staged_sales_amount,
        lines.sales_amount as line_sales_amount
    from staged
    full outer join lines on staged.business_id = lines.business_id

)

select * from compared
where
    -- A umkm row holds several lines, which assert_umkm_money_adds_up checks.
    (staged_row_count is distinct from line_count and business_id <> 'umkm')
    or staged_quantity is distinct from line_quantity
    or staged_sales_amount is distinct from line_sales_amount
