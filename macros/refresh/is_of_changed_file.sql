{#
    Condition on rows of files: true for all rows in a full build, else only for those
    whose file changed since the last update of this model.
#}
{% macro is_of_changed_file(source_table='source_table') -%}
    {{ return(changed_files_condition(source_table) if is_incremental() else 'true') }}
{%- endmacro %}
