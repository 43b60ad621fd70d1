{#
    Ends a run that met a full disk with one message and its remedy. It comes before the
    other hooks, which would fail on the same disk.
#}
{% macro refuse_full_disk() -%}
    {%- for result in results if execute -%}
        {%- set message = result.message | string -%}
        {%- if 'No space left on device' in message
            or 'max_temp_directory_size' in message -%}
            {{ exceptions.raise_compiler_error(
                'the disk that holds the warehouse is full.\n  Remedy: free space in the '
                ~ "warehouse's folder, or name another with RETAIL_MARTS_WAREHOUSE, and "
                ~ 'build again. What is published is untouched.'
            ) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
