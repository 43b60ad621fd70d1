{#
    Condition on rows of files: true for all rows in a full build, else only for those
    whose file changed since the last update of this model.
#}
{% macro is_of_changed_file() -%}
    {{ return(changed_files_condition() if is_incremental() else 'true') }}
{%- endmacro %}
