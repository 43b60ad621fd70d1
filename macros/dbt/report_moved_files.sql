{#
    Says what to do after a model that was built alone met a Parquet file that is no
    longer in its place: such files are read where they are, by the staging views of the
    last build that read files.
#}
{% macro report_moved_files() -%}
    {%- for result in results if execute
        and 'No files found that match the pattern' in result.message | string -%}
        {%- do log(
            'A file that an earlier build read is no longer in its place (see the error of '
            ~ result.node.name ~ ').\n  Remedy: build the models that read files too, with '
            ~ 'dbt build --select +' ~ result.node.name ~ '.',
            info=true
        ) -%}
    {%- endfor -%}
{%- endmacro %}
