{#
    Prints the customer ids of mapped businesses that are on more than a fifth of all
    orders: a placeholder such as 0 or "Guest" is not a customer. A business with less than
    50 orders or 5 customers may have such a customer.
#}
{% macro report_shared_customer_ids(settings) -%}
    {%- set orders = adapter.get_relation(target.database, 'core', 'fct_orders') -%}
    {%- if orders and settings.mapped_sources -%}
        {%- for found in run_query(
            'select * from (select business_id, customer_id, count(*) as own,'
            ~ ' sum(count(*)) over (partition by business_id) as order_count,'
            ~ ' count(customer_id) over (partition by business_id) as customer_count'
            ~ ' from ' ~ orders ~ ' where business_id not in ('
            ~ sql_literals(settings.businesses) ~ ') group by business_id, customer_id)'
            ~ ' as counted where customer_id is not null and own * 5 > order_count'
            ~ ' and order_count >= 50 and customer_count >= 5 order by 1, 2'
        ) -%}
            {%- do log(
                '  Warning: the customer id ' ~ found['customer_id'] ~ ' of '
                ~ found['business_id'] ~ ' is on ' ~ found['own'] | int ~ ' of '
                ~ found['order_count'] | int ~ ' orders. If it stands for unknown'
                ~ ' customers, name it in anonymous_customer_ids of the entry.',
                info=true
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
