{%- set columns = {
    'event_name': 'name',
    'event_type': 'name',
    'product_id': 'product',
    'store_id': 'id',
    'category': 'name',
    'event_date': 'date',
    'start_date': 'date',
    'end_date': 'date',
} -%}

{{ mapped_descriptions(
    'events',
    source('mapped', 'events'),
    columns,
    key=columns | list,
    required=['event_name', 'event_date', 'start_date'],
    checks=[
        ('parsed_end_date < parsed_start_date', "'end_date is before start_date'"),
        (
            dbt.datediff('parsed_start_date', 'parsed_end_date', 'day') ~ ' > 3660',
            "'end_date is more than ten years after start_date'"
        ),
    ],
) }}
