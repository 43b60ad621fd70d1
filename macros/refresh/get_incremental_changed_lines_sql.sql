{# Incremental strategy `changed_lines`: replaces the rows whose sales lines changed. #}
{% macro get_incremental_changed_lines_sql(arg_dict) -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ target_relation }} where {{ is_of_changed_line(is_of_lines=false) }};
    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{%- endmacro %}
