{#
    Prints at the end of a run which folder was read, which rows were rejected or
    filtered, and which ids look wrong. A build can succeed although a wrong setting
    rejected half of a file.
#}
{% macro report_landing() -%}
    {%- set files = adapter.get_relation(target.database, 'core', 'fct_source_files') -%}
    {%- set rows = adapter.get_relation(target.database, 'core', 'fct_rejected_rows') -%}
    {%- if execute and flags.WHICH in ('run', 'build') and files and rows -%}
        {%- set settings = resolved_settings() -%}
        {%- set found = run_query(
            'select source_table, source_file, accepted_row_count, rejected_row_count,'
            ~ ' filtered_row_count from ' ~ files ~ ' order by source_table, source_file'
        ) -%}
        {%- do log(
            'Read ' ~ found | length ~ (' file' if found | length == 1 else ' files')
            ~ ('; shipped sources from ' ~ settings.raw_data_dir if settings.sources else ''),
            info=true
        ) -%}
        {%- for file in found if file['rejected_row_count'] > 0 -%}
            {#- None if only one of the two marts was built again. -#}
            {%- set examples = run_query(
                'select source_row_number, rejection_reason from ' ~ rows
                ~ ' where source_table = ' ~ sql_literal(file['source_table'])
                ~ ' and source_file = ' ~ sql_literal(file['source_file'])
                ~ ' order by source_row_number limit 1'
            ) -%}
            {%- do log(
                '  ' ~ file['source_file'] ~ ' (' ~ file['source_table'] ~ '): '
                ~ file['accepted_row_count'] | int ~ ' rows accepted, '
                ~ (file['filtered_row_count'] | int ~ ' filtered, '
                    if file['filtered_row_count'] > 0 else '')
                ~ file['rejected_row_count'] | int ~ ' rejected (see core.fct_rejected_rows)'
                ~ ('; the first in row ' ~ examples[0]['source_row_number'] | int ~ ': '
                    ~ examples[0]['rejection_reason'] if examples else ''),
                info=true
            ) -%}
        {%- endfor -%}
        {%- for table, files in found.rows | groupby('source_table')
            if files | sum(attribute='filtered_row_count') > 0 -%}
            {%- do log(
                '  ' ~ table ~ ': ' ~ files | sum(attribute='accepted_row_count') | int
                ~ ' rows accepted, ' ~ files | sum(attribute='filtered_row_count') | int
                ~ ' filtered (see filters of the entry)',
                info=true
            ) -%}
        {%- endfor -%}
        {%- do report_shared_customer_ids(settings) -%}
        {%- do report_shared_product_ids() -%}
    {%- endif -%}
{%- endmacro %}
