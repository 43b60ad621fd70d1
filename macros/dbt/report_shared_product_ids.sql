{#
    Prints how many product ids of each mapped business are sold under unlike names, and
    their part of all lines that are sales: the id may stand for several products.
#}
{% macro report_shared_product_ids() -%}
    {%- set described = adapter.get_relation(
        target.database, 'intermediate', 'int_mapped_lines_aggregated_to_products'
    ) -%}
    {%- if described -%}
        {%- for found in run_query(
            'select business_id, count(*) as product_count,'
            ~ ' count(case when name_count > 1 then 1 end) as shared_count,'
            ~ ' sum(case when name_count > 1 then sale_count else 0 end) * 100.0'
            ~ ' / nullif(sum(sale_count), 0) as line_share,'
            ~ ' min(case when name_count > 1 then product_id end) as example from ('
            ~ 'select business_id, product_id, sum(sale_count) as sale_count,'
            ~ ' count(distinct case when sale_count > 0 then '
            ~ folded_text('product_name') ~ ' end) as name_count from ' ~ described
            ~ ' group by business_id, product_id) as products group by business_id'
            ~ ' having shared_count > 0 order by business_id'
        ) -%}
            {%- do log(
                '  Warning: ' ~ found['shared_count'] | int ~ ' of '
                ~ found['product_count'] | int ~ ' product ids of '
                ~ found['business_id'] ~ ' have unlike names ('
                ~ '%.1f' | format(found['line_share'] | float)
                ~ ' % of its sale lines), such as ' ~ found['example']
                ~ '. If they are different products, set product_key of the entry to'
                ~ ' [product_id, product_name].',
                info=true
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
