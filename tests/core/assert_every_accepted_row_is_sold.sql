-- The joins between accepted rows and sales lines could drop or duplicate rows. Row
-- count, amount and quantity of each business must be the same on both sides.
{% set unpivoted = [] -%}

with

staged as (

    {% for name, source in source_feeds().items() if source.sold -%}
    {%- if source.is_unpivoted -%}{%- do unpivoted.append(name) -%}{%- endif -%}
    select
        {{ sql_literal(name) if source.owner else 'business_id' }} as business_id,
        count(*) as row_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from {{ ref('retail_marts', source.sold) }}
    where rejection_reason is null
    group by business_id
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
),

lines as (

    select
        business_id,
        count(*) as row_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount
    from {{ ref('retail_marts', 'fct_sales_lines') }}
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
    -- A row of an unpivoted source holds several lines; its own test checks them.
    (
        staged_row_count is distinct from line_count
        and business_id not in ({{ sql_literals(unpivoted) }})
    )
    or staged_quantity is distinct from line_quantity
    or staged_sales_amount is distinct from line_sales_amount
