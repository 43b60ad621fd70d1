{#- One block per mapped business with a customer file. -#}
{%- set entries = mapped_entries(source('mapped', 'customers')) -%}
{%- set texts = [
    'customer_name', 'email', 'gender', 'marital_status', 'customer_group', 'city',
    'state', 'country', 'region', 'market'
] -%}
{%- set amounts = [
    'income_amount', 'credit_card_debt_amount', 'net_worth_amount', 'spend_amount'
] -%}

with

unioned as (

    {% for entry in entries -%}
    {%- set checks = [
        is_empty_mapped(entry, 'customer_id')
    ] -%}
    {%- do checks.extend(long_mapped_ids(entry)) -%}
    {%- if 'business_id' in entry.mapped_columns -%}
        {%- do checks.extend([
            is_empty_mapped(entry, 'business_id'), taken_business_id(entry)
        ]) -%}
    {%- endif -%}
    {%- for column in ['age'] + amounts if column in entry.mapped_columns -%}
        {%- set is_age = column == 'age' -%}
        {%- do checks.append(is_no_mapped_number(
            entry, column,
            mapped_number(entry, column, 'integer' if is_age else 'decimal(28, 8)'),
            kind='whole number' if is_age else ''
        )) -%}
    {%- endfor -%}
    {#- A row of an anonymous id has no customer, so it repeats none. -#}
    {%- do checks.append((
        mapped_customer_id(entry) ~ ' is not null and row_number() over (partition by ' ~ mapped_business_id(entry) ~ ', '
            ~ mapped_customer_id(entry)
            ~ ' order by _source_file, _source_row_number) > 1',
        "'customer_id is already in an earlier row'"
    )) -%}
    select
        {{ sql_literal(entry.mapped_source) }} as mapped_source,
        {{ mapped_business_id(entry) }} as business_id,
        {{ mapped_customer_id(entry) }} as customer_id,
        {% for column in texts -%}
        {{ mapped_name(entry, column) }} as {{ column }},
        {% endfor -%}
        {{ mapped_number(entry, 'age', 'integer') }} as age,
        {% for column in amounts -%}
        {{ mapped_number(entry, column, 'decimal(28, 8)') }} as {{ column }},
        {% endfor -%}
        {{ sql_literal('customers of ' ~ entry.mapped_source) }} as source_table,
        _source_file as source_file,
        _source_row_number as source_row_number,
        _line_count as line_count,
        {{ rejection_reason(checks) }} as rejection_reason,
        {{ all_of(cut_mapped_names(entry, texts)) }} as warning,
        {{ joined_fields(entry.mapped_columns, entry.separator) }} as raw_row
    from {{ entry.relation }}
    union all
    {% endfor -%}
    {{ no_rows({
        'mapped_source': 'varchar',
        'business_id': 'varchar',
        'customer_id': 'varchar',
        'customer_name': 'varchar',
        'email': 'varchar',
        'gender': 'varchar',
        'marital_status': 'varchar',
        'customer_group': 'varchar',
        'city': 'varchar',
        'state': 'varchar',
        'country': 'varchar',
        'region': 'varchar',
        'market': 'varchar',
        'age': 'integer',
        'income_amount': 'decimal(28, 8)',
        'credit_card_debt_amount': 'decimal(28, 8)',
        'net_worth_amount': 'decimal(28, 8)',
        'spend_amount': 'decimal(28, 8)',
        'source_table': 'varchar',
        'source_file': 'varchar',
        'source_row_number': 'bigint',
        'line_count': 'integer',
        'rejection_reason': 'varchar',
        'warning': 'varchar',
        'raw_row': 'varchar',
    }) | indent(4) }}

)

select * from unioned
