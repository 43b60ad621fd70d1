{#
    Records the keys of removed and added lines under the next refresh number, and
    deletes changes that all downstream models have taken in.
#}
{% macro note_changed_lines(old_relation, is_changed, new_relation) -%}
{%- set changes = raw_table('changed_sales_lines') -%}
{%- set refreshes = raw_table('refreshes') -%}
delete from {{ changes }} where refresh_number <= {{ number_taken_in_by_all() }};
update {{ refreshes }}
set
    refresh_number = refresh_number + 1,
    invocation_id = {{ sql_literal(invocation_id) }}
where model = 'fct_sales_lines';
insert into {{ changes }}
select distinct
    (select refresh_number from {{ refreshes }} where model = 'fct_sales_lines'),
    business_id,
    order_id,
    product_id,
    order_date
from (
    select business_id, order_id, product_id, order_date
    from {{ old_relation }} where {{ is_changed }}
    union all
    select business_id, order_id, product_id, order_date from {{ new_relation }}
) as lines;
{%- endmacro %}
