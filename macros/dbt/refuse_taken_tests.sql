{#
    Stops a run in which tests of our models would test models of the user's project: dbt
    looks for a model of the same name there first, unless a flag says otherwise. The
    models of this package name the package, but dbt writes the refs of tests itself.
#}
{% macro refuse_taken_tests() -%}
    {%- if execute -%}
        {%- set taken = [] -%}
        {%- for test in graph.nodes.values()
            if test.resource_type == 'test' and test.package_name == 'retail_marts' -%}
            {%- for name in test.depends_on.nodes
                if name.startswith('model.')
                    and not name.startswith('model.retail_marts.') -%}
                {%- do taken.append(name.split('.')[2]) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- if taken -%}
            {{ exceptions.raise_compiler_error(
                'your project has models with names of ours: '
                ~ taken | unique | sort | join(', ') ~ '. The tests of our models would'
                ~ ' test yours.\n  Remedy: In dbt_project.yml, below flags, set'
                ~ ' require_ref_searches_node_package_before_root to true.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
