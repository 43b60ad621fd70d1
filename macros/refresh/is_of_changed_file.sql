{#
    Condition on rows of files: true for all in a full build, else true for those whose
    file changed since this model was last brought up to date.
#}
{% macro is_of_changed_file() -%}
    {{ return(changed_files_condition() if is_incremental() else 'true') }}
{%- endmacro %}
