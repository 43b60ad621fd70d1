{#
    Prints how many product ids of each mapped business are sold under unlike names, and
    their share of its sales: such an id may stand for several products.
#}
{% macro report_shared_product_ids() -%}
    {%- set described = adapter.get_relation(
        target.database, 'intermediate', 'int_mapped_lines_aggregated_to_products'
    ) -%}
    {%- set lines = adapter.get_relation(target.database, 'core', 'fct_sales_lines') -%}
    {%- if described and lines -%}
        {%- set shared = 'select business_id, product_id from ' ~ described
            ~ ' where sale_count > 0 group by business_id, product_id having count('
            ~ 'distinct ' ~ folded_text('product_name') ~ ') > 1' -%}
        {%- for found in run_query(
            'select business_id, count(*) as product_count, min(product_id) as example'
            ~ ' from (' ~ shared ~ ') as shared group by business_id order by business_id'
        ) -%}
            {%- set share = run_query(
                'select sum(case when product_id in (select product_id from (' ~ shared
                ~ ') as shared where business_id = lines.business_id) then sales_amount'
                ~ ' else 0 end) * 100.0 / nullif(sum(sales_amount), 0) from ' ~ lines
                ~ " as lines where line_type = 'sale' and business_id = "
                ~ sql_literal(found['business_id'])
            ).rows[0][0] or 0 -%}
            {%- do log(
                '  Warning: ' ~ found['product_count'] | int ~ ' product ids of '
                ~ found['business_id'] ~ ' have unlike names ('
                ~ '%.1f' | format(share | float) ~ ' % of its sales), such as '
                ~ found['example'] ~ '. If they are different products, set product_key'
                ~ ' of the entry to [product_id, product_name].',
                info=true
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
