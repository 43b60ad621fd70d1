{#
    Every staged table with its business and its name, for the marts that account for
    each row: (model, business_id expression, source_table expression).
#}
{% macro staged_tables() -%}
    {{ return([
        (ref('stg_kalbe__customers'), "'kalbe'", "'kalbe.customers'"),
        (ref('stg_kalbe__products'), "'kalbe'", "'kalbe.products'"),
        (ref('stg_kalbe__stores'), "'kalbe'", "'kalbe.stores'"),
        (ref('stg_kalbe__transactions'), "'kalbe'", "'kalbe.transactions'"),
        (ref('stg_umkm__orders'), "'umkm'", "'umkm.orders'"),
        (ref('stg_superstore__orders'), "'superstore'", "'superstore.orders'"),
        (ref('stg_superstore__returns'), "'superstore'", "'superstore.returns'"),
        (ref('stg_superstore__people'), "'superstore'", "'superstore.people'"),
        (ref('stg_car_dealer__customers'), "'car_dealer'", "'car_dealer.customers'"),
        (ref('stg_scf__implicates'), 'cast(null as varchar)', "'scf.implicates'"),
        (ref('stg_mapped__sales_lines'), 'business_id', 'source_table'),
        (ref('stg_mapped__customers'), 'business_id', 'source_table'),
        (ref('stg_mapped__products'), 'business_id', 'source_table'),
        (ref('stg_mapped__implicates'), 'cast(null as varchar)', 'source_table'),
    ]) }}
{%- endmacro %}
