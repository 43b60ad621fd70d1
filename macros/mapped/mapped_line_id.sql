{#
    Key of a line: its row number in the file, with the file's name where an entry has
    several files.
#}
{% macro mapped_line_id(entry) -%}
    {%- if entry.file_count > 1 -%}
        _source_file || ':' || cast(_source_row_number as string)
    {%- else -%}
        cast(_source_row_number as string)
    {%- endif -%}
{%- endmacro %}
