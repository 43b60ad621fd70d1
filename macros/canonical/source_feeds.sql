{#
    The list of sources: for each, the models that feed each canonical entity. Unions,
    counts of rows and checks use it. `mapped` means all mapped files.

    owner       The key column that gets the name of the source; none if a column of the
                models names the owner of each row.
    sold        The staging model whose accepted rows are sales, with quantity and
                sales_amount; none if a source only describes customers.
    is_unpivoted    Whether a row contains several sales lines.

    A feed has columns of its entity (canonical_entities), not necessarily all. Sales lines
    may also feed customers, products and stores. Only accepted rows of a staging model are
    used.
#}
{% macro source_feeds() -%}
    {{ return({
        'kalbe': {
            'owner': 'business_id',
            'staged_rows': [
                'stg_kalbe__customers', 'stg_kalbe__products', 'stg_kalbe__stores',
                'stg_kalbe__transactions'
            ],
            'sold': 'stg_kalbe__transactions',
            'sales_lines': ['int_kalbe_transactions_keyed'],
            'customers': ['stg_kalbe__customers'],
            'products': ['stg_kalbe__products'],
            'stores': ['stg_kalbe__stores'],
            'row_oddities': ['int_kalbe_oddities_found'],
        },
        'umkm': {
            'owner': 'business_id',
            'staged_rows': ['stg_umkm__orders'],
            'sold': 'stg_umkm__orders',
            'is_unpivoted': true,
            'sales_lines': ['int_umkm_orders_unpivoted_to_lines'],
            'customers': ['int_umkm_orders_unpivoted_to_lines'],
            'products': ['int_umkm_orders_unpivoted_to_lines'],
            'stores': ['int_umkm_orders_unpivoted_to_lines'],
        },
        'superstore': {
            'owner': 'business_id',
            'staged_rows': [
                'stg_superstore__orders', 'stg_superstore__returns',
                'stg_superstore__people'
            ],
            'sold': 'stg_superstore__orders',
            'sales_lines': ['int_superstore_orders_keyed'],
            'customers': ['int_superstore_orders_keyed'],
            'products': ['int_superstore_orders_keyed'],
            'regions': ['stg_superstore__people'],
            'row_oddities': ['int_superstore_oddities_found'],
        },
        'car_dealer': {
            'owner': 'business_id',
            'staged_rows': ['stg_car_dealer__customers'],
            'customers': ['stg_car_dealer__customers'],
        },
        'scf': {
            'owner': 'population_id',
            'staged_rows': ['stg_scf__implicates'],
            'population_implicates': ['stg_scf__implicates'],
            'row_oddities': ['int_scf_oddities_found'],
        },
        'mapped': {
            'staged_rows': [
                'stg_mapped__sales_lines', 'stg_mapped__filtered_rows',
                'stg_mapped__customers', 'stg_mapped__products', 'stg_mapped__stores',
                'stg_mapped__stock', 'stg_mapped__product_terms', 'stg_mapped__events',
                'stg_mapped__implicates'
            ],
            'sold': 'stg_mapped__sales_lines',
            'sales_lines': ['stg_mapped__sales_lines'],
            'customers': [
                'stg_mapped__customers', 'int_mapped_descriptions_aggregated_to_customers'
            ],
            'customer_attributes': [
                'int_mapped_customers_unlisted_to_attributes',
                'int_mapped_lines_aggregated_to_attributes'
            ],
            'products': [
                'stg_mapped__products', 'int_mapped_lines_aggregated_to_products'
            ],
            'stores': ['stg_mapped__stores', 'int_mapped_lines_aggregated_to_stores'],
            'stock_levels': ['stg_mapped__stock'],
            'product_terms': ['stg_mapped__product_terms'],
            'events': ['stg_mapped__events'],
            'row_references': [
                'stg_mapped__stock', 'stg_mapped__product_terms', 'stg_mapped__events'
            ],
            'population_implicates': ['stg_mapped__implicates'],
            'row_oddities': ['int_mapped_oddities_found'],
        },
    }) }}
{%- endmacro %}
