{#
    Rows of one mapped business as canonical sales lines, each accepted or with its
    rejection reason. The columns are those of stg_mapped__sales_lines.
#}
{% macro mapped_sales_lines(entry) -%}
{%- set mapped = entry.mapped_columns -%}
{%- set names = [
    'customer_name', 'email', 'product_name', 'category', 'sub_category', 'store_name',
    'ship_mode', 'country', 'region', 'market'
] -%}
{%- set checks = [] -%}
{%- for column in ['business_id', 'order_id', 'product_id'] if column in mapped -%}
    {%- do checks.append(is_empty_mapped(entry, column)) -%}
{%- endfor -%}
{%- do checks.extend(long_mapped_ids(entry)) -%}
{%- do checks.append(is_no_mapped_date(entry, 'order_date', 'parsed_date')) -%}
{%- do checks.append(is_late('order_date', 'parsed_date', entry.mapped_source)) -%}
{%- for column in [
    'quantity', 'unit_price_amount', 'sales_amount', 'discount_rate', 'profit_amount',
    'shipping_cost_amount'
] if column in mapped -%}
    {%- do checks.append(is_no_mapped_number(
        entry, column, 'parsed_' ~ column,
        measure='quantity' if column == 'quantity' else 'amount',
        kind='number' if column == 'discount_rate' else '',
        is_required=column in ('quantity', 'unit_price_amount', 'sales_amount')
    )) -%}
{%- endfor -%}
{%- if 'discount_rate' in mapped -%}
    {%- do checks.append((
        'parsed_discount_rate < 0 or parsed_discount_rate > 1',
        reason_of(
            'discount_rate', 'cast(parsed_discount_rate as varchar)',
            'is not between 0 and 1'
        )
    )) -%}
{%- endif -%}
{%- if 'business_id' in mapped -%}
    {%- do checks.append(taken_business_id(entry)) -%}
{%- endif -%}
{%- if entry.duplicates == 'reject' -%}
    {%- do checks.append((
        'row_number() over (partition by ' ~ mapped | join(', ')
            ~ ' order by _source_file, _source_row_number) > 1',
        "'an exact duplicate of an earlier row'"
    )) -%}
{%- endif -%}
{%- set largest_amount = largest_numbers().amount -%}
{%- set return_rules = [] -%}
{%- if entry.negative_quantity_is_return -%}
    {%- do return_rules.append('parsed_quantity < 0') -%}
{%- endif -%}
{%- if entry.return_order_prefix -%}
    {%- do return_rules.append(
        'starts_with(source_order_id, ' ~ sql_literal(entry.return_order_prefix) ~ ')'
    ) -%}
{%- endif -%}

with

parsed as (

    select
        *,
        {{ mapped_business_id(entry) }} as parsed_business_id,
        {{ mapped_text(entry, 'order_id') }} as source_order_id,
        {{ mapped_customer_id(entry) }} as parsed_customer_id,
        coalesce(
            {{ mapped_text(entry, 'store_id') }}, {{ mapped_name(entry, 'store_name') }}
        ) as parsed_store_id,
        {{ mapped_date(entry, 'order_date') }} as parsed_date,
        {{ mapped_number(entry, 'quantity') }} as parsed_quantity,
        {{ mapped_number(entry, 'unit_price_amount') }} as parsed_unit_price_amount,
        {{ mapped_number(entry, 'sales_amount') }} as parsed_sales_amount,
        {{ mapped_number(entry, 'discount_rate', 'double') }} as parsed_discount_rate,
        {{ mapped_number(entry, 'profit_amount') }} as parsed_profit_amount,
        {{ mapped_number(entry, 'shipping_cost_amount') }} as parsed_shipping_cost_amount
    from {{ entry.relation }}

),

typed as (

    select
        *,
        {%- if return_rules %}
        coalesce({{ return_rules | join(' or ') }}, false)
        {%- else %}
        false
        {%- endif %} as is_return,
        {%- if 'sales_amount' in mapped %}
        parsed_sales_amount
        {%- else %}
        {#-
            Wide enough for any product, so that one extreme line does not stop the build,
            and decimal throughout: a double loses the fourth decimal of large amounts.
        #}
        try_cast(
            {%- if 'discount_rate' in mapped %}
            try_cast(
                cast(parsed_quantity as decimal(28, 4)) * parsed_unit_price_amount
                as decimal(22, 8)
            ) * (1 - cast(
                case when parsed_discount_rate between 0 and 1
                    then parsed_discount_rate else 0 end as decimal(16, 15)
            ))
            {%- else %}
            cast(parsed_quantity as decimal(28, 4)) * parsed_unit_price_amount
            {%- endif %} as decimal(18, 4)
        )
        {%- endif %} as line_amount,
        {%- if 'unit_price_amount' in mapped %}
        parsed_unit_price_amount
        {%- else %}
        try_cast(
            parsed_sales_amount / nullif(parsed_quantity, 0)
            {%- if 'discount_rate' in mapped %}
            / nullif(1 - coalesce(parsed_discount_rate, 0), 0)
            {%- endif %} as decimal(18, 4)
        )
        {%- endif %} as line_price
    from parsed

),

checked as (

    select
        *,
        {{ rejection_reason(checks + [
            (
                'coalesce(abs(line_amount) > ' ~ largest_amount ~ ', true)',
                "'the amount of the line is larger than "
                    ~ '{:,}'.format(largest_amount) ~ "'"
            )
        ]) }} as rejection_reason
    from typed

),

signed as (

    select
        *,
        case when is_return then -abs(parsed_quantity) else parsed_quantity end
            as signed_quantity,
        case when is_return then -abs(line_amount) else line_amount end as signed_amount,
        case when is_return and parsed_quantity > 0 then -parsed_profit_amount
            else parsed_profit_amount end as signed_profit
    from checked

)

select
    -- ids
    {{ sql_literal(entry.mapped_source) }} as mapped_source,
    parsed_business_id as business_id,
    {{ mapped_line_id(entry) }} as sales_line_id,
    {{ line_type('is_return', 'signed_quantity', 'signed_amount') }} as line_type,
    {{ mapped_order_id(entry) }} as order_id,
    source_order_id,
    parsed_customer_id as customer_id,

    -- strings
    {{ mapped_name(entry, 'customer_name') }} as customer_name,
    {{ mapped_name(entry, 'email') }} as email,
    coalesce(
        {{ mapped_text(entry, 'product_id') }}, {{ mapped_name(entry, 'product_name') }}
    ) as product_id,
    {% for column in ['product_name', 'category', 'sub_category'] -%}
    {{ mapped_name(entry, column) }} as {{ column }},
    {% endfor -%}
    parsed_store_id as store_id,
    {% for column in ['store_name', 'ship_mode', 'country', 'region', 'market'] -%}
    {{ mapped_name(entry, column) }} as {{ column }},
    {% endfor %}
    -- numbers
    signed_quantity as quantity,
    line_price as unit_price_amount,
    signed_amount as sales_amount,
    parsed_discount_rate as discount_rate,
    signed_profit as profit_amount,
    parsed_shipping_cost_amount as shipping_cost_amount,

    -- dates
    parsed_date as order_date,

    -- the row in its file
    {{ sql_literal('sales_lines of ' ~ entry.mapped_source) }} as source_table,
    _source_file as source_file,
    _source_row_number as source_row_number,
    _line_count as line_count,
    {{ row_hash(mapped) }} as row_hash,
    rejection_reason,
    {{ all_of(cut_mapped_names(entry, names) + [
        ('parsed_quantity = 0', "'a quantity of zero'"),
        (
            'is_return and parsed_quantity > 0',
            "'a return with a positive quantity'"
        ),
        (
            'not is_return and (parsed_quantity < 0 or line_amount < 0)',
            "'a negative amount or quantity that is not a return'"
        ),
    ]) }} as warning,
    {{ joined_fields(mapped, entry.separator) }} as raw_row
from signed
{%- endmacro %}
