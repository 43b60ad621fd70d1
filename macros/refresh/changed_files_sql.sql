{#
    SQL over the landed files and the files in this model, with `has_changed`: the file
    is new, deleted, has another version, or is always read again; or rows in it may be
    accepted now, or rejected, because the day of the build moved.
#}
{% macro changed_files_sql(select_list) -%}
select {{ select_list }}
from (
    select
        coalesce(landed.source_table, held.source_table) as source_table,
        coalesce(landed.source_file, held.source_file) as source_file,
        coalesce(landed.raw_line_count, held.raw_line_count) as raw_line_count,
        coalesce(landed.version <> held.version, true)
        or build_days.build_day < held.build_day
        or (held.has_late_rows and build_days.build_day > held.build_day) as has_changed
    from {{ raw_table('landed_files') }} as landed
    full outer join (
        select * from {{ raw_table('refreshed_files') }}
        where model = {{ sql_literal(model.name) }}
    ) as held
        on
            landed.source_table = held.source_table
            and landed.source_file = held.source_file
    left join {{ raw_table('build_days') }} as build_days
        on held.source_table in (
            'sales_lines of ' || build_days.source_name,
            'stock of ' || build_days.source_name
        )
) as files
{%- endmacro %}
