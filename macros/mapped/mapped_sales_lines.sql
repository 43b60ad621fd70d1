{#
    Rows of one mapped business as canonical sales lines, each accepted or with its
    rejection reason. The columns are those of stg_mapped__sales_lines.
#}
{% macro mapped_sales_lines(entry) -%}
{%- set mapped = entry.mapped_columns -%}
{%- set names = [
    'customer_name', 'email', 'product_name', 'category', 'sub_category', 'store_name',
    'ship_mode', 'country', 'region', 'market', 'gender', 'marital_status',
    'customer_group', 'city', 'state'
] -%}
{%- set later_names = ['order_priority', 'department', 'brand', 'size'] -%}
{%- set has_time = has_time_of_day(entry, 'order_date') -%}
{%- set discounts = ['discount_amount', 'second_discount_amount']
    | select('in', mapped) | list -%}
{%- set has_discount = discounts | length > 0 -%}
{#- Numbers that describe the customer. An unreadable one is null: the line is sold. -#}
{%- set customer_numbers, customer_warnings = {}, [] -%}
{%- for column in banded_columns() if column != 'spend_amount' -%}
    {%- do customer_numbers.update({column: mapped_number(
        entry, column, 'integer' if column == 'age' else 'decimal(28, 8)'
    )}) -%}
    {%- if column in mapped -%}
        {%- do customer_warnings.append(
            no_number_or_band(entry, column, customer_numbers[column])
        ) -%}
    {%- endif -%}
{%- endfor -%}
{%- set checks = [] -%}
{%- for column in ['business_id', 'order_id'] if column in mapped -%}
    {%- if column != 'order_id' or column not in entry.fill_down -%}
        {%- do checks.append(is_empty_mapped(entry, column)) -%}
    {%- endif -%}
{%- endfor -%}
{%- if entry.fill_down -%}
    {%- do checks.append(('_fill_fault is not null', '_fill_fault')) -%}
{%- endif -%}
{%- do checks.extend(no_product(entry, 'parsed_product_id')) -%}
{%- do checks.extend(long_mapped_ids(entry)) -%}
{%- if 'store_id' in mapped and 'store_name' in mapped -%}
    {%- do checks.append((
        mapped_text(entry, 'store_id') ~ ' is null and '
            ~ is_longer('parsed_store_id', longest_texts().id),
        "'store_name is longer than " ~ longest_texts().id ~ " characters'"
    )) -%}
{%- endif -%}
{%- do checks.append(is_no_mapped_date(entry, 'order_date', 'parsed_date')) -%}
{%- do checks.append(is_late('order_date', 'parsed_date', entry.mapped_source)) -%}
{%- if 'ship_date' in mapped -%}
    {%- set condition, reason = is_no_mapped_date(entry, 'ship_date', 'parsed_ship_date') -%}
    {%- do checks.append((
        condition ~ ' and ' ~ mapped_text(entry, 'ship_date') ~ ' is not null', reason
    )) -%}
{%- endif -%}
{%- for column in [
    'quantity', 'unit_price_amount', 'sales_amount', 'discount_rate', 'discount_amount',
    'second_discount_amount', 'profit_amount', 'shipping_cost_amount', 'tax_amount'
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
            'discount_rate', 'cast(parsed_discount_rate as string)',
            'is not between 0 and 1'
        )
    )) -%}
{%- endif -%}
{%- if 'business_id' in mapped -%}
    {%- do checks.append(taken_business_id(entry)) -%}
{%- endif -%}
{#- Rows are compared as they were landed: an item on two lines of an order that are
    filled down is no duplicate. -#}
{%- set compared = ['_raw_text'] if entry.fill_down or entry.order_amounts else mapped -%}
{%- if 'order_id' in entry.fill_down -%}
    {#- Equal lines of two orders are no duplicates. -#}
    {%- set compared = ['order_id', '_raw_text'] -%}
{%- endif -%}
{%- if entry.duplicates == 'reject' -%}
    {%- do checks.append((
        'row_number() over (partition by ' ~ compared | join(', ')
            ~ ' order by _source_file, _source_row_number) > 1',
        "'an exact duplicate of an earlier row'"
    )) -%}
{%- endif -%}
{%- set ship_warnings = [
    ('parsed_ship_date < parsed_date', "'shipped before it was ordered'")
] if 'ship_date' in mapped else [] -%}
{%- set largest_amount = largest_numbers().amount -%}
{%- set return_rules = [] -%}
{%- if entry.negative_quantity_is_return -%}
    {%- do return_rules.append('parsed_quantity < 0') -%}
{%- endif -%}
{%- if entry.return_order_prefix -%}
    {%- do return_rules.append(
        'left(source_order_id, ' ~ entry.return_order_prefix | length ~ ') = '
            ~ sql_literal(entry.return_order_prefix)
    ) -%}
{%- endif -%}
{#- A file that says which rows are returns need not write their amounts with a minus. -#}
{%- set named_returns = [] -%}
{%- for filter in entry.filters if filter.use == 'returns' -%}
    {%- do named_returns.append(has_filter_value(entry, filter)) -%}
{%- endfor -%}
{%- set return_rules = return_rules + named_returns -%}

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
        {{ mapped_product_id(entry) }} as parsed_product_id,
        {% if has_time -%}
        {{ mapped_date(entry, 'order_date', 'timestamp') }} as parsed_at,
        {%- else -%}
        {{ mapped_date(entry, 'order_date') }} as parsed_date,
        {%- endif %}
        {% if 'ship_date' in mapped -%}
        {{ mapped_date(entry, 'ship_date') }} as parsed_ship_date,
        {% endif -%}
        {{ mapped_number(entry, 'quantity') }} as parsed_quantity,
        {{ mapped_number(entry, 'unit_price_amount') }} as parsed_unit_price_amount,
        {{ mapped_number(entry, 'sales_amount') }} as parsed_sales_amount,
        {{ mapped_number(entry, 'discount_rate', 'double') }} as parsed_discount_rate,
        {{ mapped_number(entry, 'profit_amount') }} as parsed_profit_amount,
        {{ mapped_number(entry, 'discount_amount') }} as parsed_discount_amount,
        {{ mapped_number(entry, 'second_discount_amount') }}
            as parsed_second_discount_amount,
        {{ mapped_number(entry, 'shipping_cost_amount') }} as parsed_shipping_cost_amount,
        {{ mapped_number(entry, 'tax_amount') }} as parsed_tax_amount
    from {{ mapped_rows(entry) }}

),

typed as (

    select
        *,
        {%- if has_time %}
        cast(parsed_at as date) as parsed_date,
        {%- endif %}
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

{%- set shared = namespace(rows='checked', columns={}) -%}
{% if entry.order_amounts -%}
{#- Only accepted lines get a part: the lines of an order then add up to its amount. -#}
{%- set order = 'partition by _source_file, parsed_business_id, ' ~ mapped_order_id(entry)
    ~ ', rejection_reason is null' -%}
weighed as (

    select
        *,
        case
            when sum({{ line_weight('line_amount') }}) over ({{ order }}) = 0 then 1
            else {{ line_weight('line_amount') }}
        end as line_weight
    from checked

),

running as (

    select
        *,
        sum(line_weight) over (
            {{ order }} order by _source_row_number
            rows between unbounded preceding and current row
        ) as running_weight,
        sum(line_weight) over ({{ order }}) as order_weight
    from weighed

),

spread as (

    select
        *,
        {% for column in entry.order_amounts -%}
        {%- do shared.columns.update({column: 'shared_' ~ column}) -%}
        case
            when rejection_reason is null
                then {{ spread_share(
                    'parsed_' ~ column, 'line_weight', 'running_weight', 'order_weight'
                ) }}
        end as shared_{{ column }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from running

),

{% set shared.rows = 'spread' -%}
{% endif -%}
{%- set parts = [] -%}
{%- for column in discounts -%}
    {%- do parts.append(shared.columns.get(column, 'parsed_' ~ column)) -%}
{%- endfor -%}
{%- set shipping = shared.columns.get(
    'shipping_cost_amount', 'parsed_shipping_cost_amount'
) -%}
{%- set tax = shared.columns.get('tax_amount', 'parsed_tax_amount') -%}
{% if has_discount -%}
{#- A discount lowers the amount of its line, whatever its sign and that of the line. -#}
with_discount as (

    select
        *,
        {% if parts | length == 1 -%}
        abs({{ parts[0] }})
        {%- else -%}
        case
            when coalesce({{ parts | join(', ') }}) is not null
                then cast(
                    {% for part in parts -%}
                    coalesce(abs({{ part }}), 0){{ ' + ' if not loop.last }}
                    {%- endfor %} as decimal(18, 4)
                )
        end
        {%- endif %} as line_discount
    from {{ shared.rows }}

),

discounted as (

    select
        *,
        {% if 'sales_amount' in mapped -%}
        line_amount + case when line_amount < 0 then -1 else 1 end
            * coalesce(line_discount, 0) as list_amount,
        line_amount as net_amount
        {%- else -%}
        line_amount as list_amount,
        line_amount - case when line_amount < 0 then -1 else 1 end
            * coalesce(line_discount, 0) as net_amount
        {%- endif %}
    from with_discount

),

{% endif -%}
{%- set amount = 'net_amount' if has_discount else 'line_amount' -%}
signed as (

    select
        *,
        case when is_return then -abs(parsed_quantity) else parsed_quantity end
            as signed_quantity,
        case when is_return then -abs({{ amount }}) else {{ amount }} end
            as signed_amount,
        {% if has_discount -%}
        case when is_return or list_amount < 0 then -line_discount else line_discount end
            as signed_discount,
        {% endif -%}
        {% if 'tax_amount' in mapped -%}
        case when is_return and parsed_quantity > 0 then -{{ tax }} else {{ tax }} end
            as signed_tax,
        {% endif -%}
        case when is_return and parsed_quantity > 0 then -parsed_profit_amount
            else parsed_profit_amount end as signed_profit
    from {{ 'discounted' if has_discount else shared.rows }}

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
    parsed_product_id as product_id,
    {% for column in ['product_name', 'category', 'sub_category'] -%}
    {{ mapped_name(entry, column) }} as {{ column }},
    {% endfor -%}
    parsed_store_id as store_id,
    {% for column in [
        'store_name', 'ship_mode', 'country', 'region', 'market', 'gender',
        'marital_status', 'customer_group', 'city', 'state'
    ] -%}
    {{ mapped_name(entry, column) }} as {{ column }},
    {% endfor -%}
    {% for column in later_names -%}
    {{ mapped_name(entry, column) if column in mapped else 'cast(null as string)' }}
        as {{ column }},
    {% endfor -%}
    {{ mapped_attributes(entry) }} as attributes,

    -- numbers
    {% for column, number in customer_numbers.items() -%}
    case when abs({{ number }}) <= {{ largest_amount }} then {{ number }} end
        as {{ column }},
    {% endfor -%}
    signed_quantity as quantity,
    {% if has_discount and 'unit_price_amount' not in mapped -%}
    try_cast(list_amount / nullif(parsed_quantity, 0) as decimal(18, 4))
    {%- else -%}
    line_price
    {%- endif %} as unit_price_amount,
    signed_amount as sales_amount,
    {% if has_discount and 'sales_amount' not in mapped and 'discount_rate' in mapped -%}
    1 - (1 - coalesce(parsed_discount_rate, 0)) * (
        1 - coalesce(cast(line_discount as double) / nullif(abs(list_amount), 0), 0)
    )
    {%- elif has_discount and 'discount_rate' not in mapped -%}
    cast(line_discount as double) / nullif(abs(list_amount), 0)
    {%- else -%}
    parsed_discount_rate
    {%- endif %} as discount_rate,
    {{ 'signed_discount' if has_discount else 'cast(null as decimal(18, 4))' }}
        as discount_amount,
    signed_profit as profit_amount,
    {{ shipping }} as shipping_cost_amount,
    {{ 'signed_tax' if 'tax_amount' in mapped else 'cast(null as decimal(18, 4))' }}
        as tax_amount,

    -- dates
    parsed_date as order_date,
    {% if has_time -%}
    {#- Files write a day without a time as midnight. -#}
    nullif(parsed_at, cast(parsed_date as timestamp))
    {%- else -%}
    cast(null as timestamp)
    {%- endif %} as order_at,
    {{ 'parsed_ship_date' if 'ship_date' in mapped else 'cast(null as date)' }}
        as ship_date,

    -- the row in its file
    {{ sql_literal('sales_lines of ' ~ entry.mapped_source) }} as source_table,
    _source_file as source_file,
    _source_row_number as source_row_number,
    _line_count as line_count,
    {{ row_hash(compared) }} as row_hash,
    {% if has_discount and 'sales_amount' not in mapped -%}
    {#- Here, because a part of the order's discount depends on which lines are accepted. -#}
    {%- set shown_discount = parts[0] if parts | length == 1 else 'line_discount' -%}
    case
        when rejection_reason is null and line_discount > abs(list_amount)
            then {{ reason_of(
                'discount_amount', 'cast(' ~ shown_discount ~ ' as string)',
                'is larger than the amount of the line'
            ) }}
        else rejection_reason
    end as rejection_reason,
    {%- else -%}
    rejection_reason,
    {%- endif %}
    {{ all_of(cut_mapped_names(
        entry, names + later_names | select('in', mapped) | list
    ) + ship_warnings + customer_warnings + [
        ('parsed_quantity = 0', "'a quantity of zero'"),
        (
            'is_return and parsed_quantity > 0'
                ~ (' and not (' ~ named_returns | join(' or ') ~ ')' if named_returns else ''),
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
