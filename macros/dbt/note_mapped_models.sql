{#
    Records where the models are that mapped sources name, so that the plugin can read
    them: it does not know dbt's graph.
#}
{% macro note_mapped_models() -%}
    {%- set names = mapped_models(['mapped_sources', 'mapped_populations']) -%}
    {%- if execute and names -%}
        {%- set table = raw_table('mapped_models') -%}
        {%- do run_note('delete from ' ~ table) -%}
        {%- for name in names -%}
            {%- set package, _, model = (
                name if '.' in name else project_name ~ '.' ~ name
            ).partition('.') -%}
            {%- for node in graph.nodes.values()
                if node.resource_type == 'model' and node.name == model
                    and node.package_name == package -%}
                {%- do run_note(
                    'insert into ' ~ table ~ ' values (' ~ sql_literal(name) ~ ', '
                    ~ (sql_literal(node.relation_name) if node.relation_name else 'null')
                    ~ ')'
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
