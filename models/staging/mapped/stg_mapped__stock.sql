{{ mapped_descriptions(
    'stock',
    source('mapped', 'stock'),
    {
        'product_id': 'product',
        'store_id': 'id',
        'on_hand_quantity': 'decimal(18, 4)',
        'on_order_quantity': 'decimal(18, 4)',
        'stock_date': 'date',
    },
    key=['product_id', 'store_id', 'coalesce(cast(stock_date as string), source_file)'],
    key_name='product_id, store_id, stock_date',
    required=['product_id', 'on_hand_quantity', 'stock_date'],
    past=['stock_date'],
    warnings=[('parsed_on_hand_quantity < 0', "'a stock below zero'")],
) }}
