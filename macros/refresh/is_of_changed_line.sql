{#
    Condition on rows of fct_sales_lines (or of this model's own table): true for all
    rows in a full build, else only where a line with the same key was added, changed or
    removed since the last update of this model. The key is `changed_line_key` in the
    model's meta. A line's sales_date is its order_date.
#}
{% macro is_of_changed_line(is_of_lines=true) -%}
    {%- if is_of_lines and not is_incremental() -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set key = config.get('meta')['changed_line_key'] | join(', ') -%}
    {%- set refreshes = raw_table('refreshes') -%}
    {{ return(
        '(' ~ (key | replace('sales_date', 'order_date') if is_of_lines else key)
        ~ ') in (select ' ~ key ~ ' from ' ~ raw_table('changed_sales_lines')
        ~ ' where refresh_number > (select refresh_number from ' ~ refreshes
        ~ ' where model = ' ~ sql_literal(model.name) ~ '))'
    ) }}
{%- endmacro %}
