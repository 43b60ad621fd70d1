{#
    Incremental strategy `changed_files`: replaces the rows of changed files. For
    fct_sales_lines it also records the changed lines for downstream models.
#}
{% macro get_incremental_changed_files_sql(arg_dict) -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set is_changed = changed_files_condition() -%}
    {%- if model.name == 'fct_sales_lines' %}
    {{ note_changed_lines(target_relation, is_changed, arg_dict['temp_relation']) }}
    {%- endif %}
    delete from {{ target_relation }} where {{ is_changed }};
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{%- endmacro %}
