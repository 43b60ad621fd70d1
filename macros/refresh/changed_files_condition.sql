{#
    Condition on rows of files that are new, gone or changed since the model was last
    brought up to date. Files are named in the SQL, so that the engine opens no others.
#}
{% macro changed_files_condition() -%}
    {%- set files = {} -%}
    {%- for row in run_query(
        changed_files_sql('source_table, source_file') ~ ' where has_changed'
    ).rows -%}
        {%- do files.setdefault(row[0], []).append(row[1]) -%}
    {%- endfor -%}
    {%- set conditions = [] -%}
    {%- for name in files -%}
        {%- do conditions.append(
            'source_table = ' ~ sql_literal(name)
            ~ ' and source_file in (' ~ sql_literals(files[name]) ~ ')'
        ) -%}
    {%- endfor -%}
    {{ return('(' ~ conditions | join(' or ') ~ ')' if conditions else 'false') }}
{%- endmacro %}
