{#
    Stops a run whose profile does not load our plugin: without it, no file is read, no
    setting is checked and ids are not hashed. The plugin sets a variable in each
    connection.
#}
{% macro refuse_foreign_profile() -%}
    {%- if execute and (
        (
            target.plugin != 'retail_marts.spark.plugin' if target.type == 'retailspark'
            else target.type != 'duckdb'
                or run_query("select getvariable('personal_key') is null").rows[0][0]
        )
    ) -%}
        {{ exceptions.raise_compiler_error(
            'the profile that dbt uses (target ' ~ target.name ~ ') does not load the'
            ~ ' plugin retail_marts.dbt_plugin, which reads the files.\n  Remedy: Unset'
            ~ ' DBT_PROFILES_DIR (or leave out --profiles-dir) to use the profile of this'
            ~ ' project, or copy `plugins` from profiles/profiles.yml to your profile.'
        ) }}
    {%- endif -%}
{%- endmacro %}
