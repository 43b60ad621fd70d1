with

unioned as (

    {{ canonical_union('customer_attributes') | indent(4) }}

),

-- Rows of a file that describes customers have no order_date.
counted as (

    select
        *,
        case when order_date is null then 1 else 0 end as is_of_customer_file,
        sum(line_count) over (
            partition by
                business_id, customer_id, attribute, value_text,
                case when order_date is null then 1 else 0 end
        ) as value_count
    from unioned

),

ranked as (

    select
        business_id,
        customer_id,
        attribute,
        value_text,
        value_number,
        row_number() over (
            partition by business_id, customer_id, attribute
            order by
                is_of_customer_file desc, value_count desc, order_date desc,
                source_file desc, row_order desc, source_row_number desc
        ) as value_rank
    from counted

),

final as (

    select
        business_id,
        customer_id,
        attribute,
        value_text,
        value_number
    from ranked
    where value_rank = 1

)

select * from final
