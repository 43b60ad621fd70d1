{{ mapped_descriptions(
    'stores',
    source('mapped', 'stores'),
    {
        'store_id': 'id',
        'store_name': 'name',
        'store_group': 'name',
        'store_type': 'name',
        'latitude': 'double',
        'longitude': 'double',
    },
    key=['store_id'],
    required=['store_id'],
    warnings=[(
        'abs(parsed_latitude) > 90 or abs(parsed_longitude) > 180',
        "'a latitude or longitude out of range'"
    )],
) }}
