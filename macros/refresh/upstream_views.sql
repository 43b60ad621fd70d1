{# Adds the views that a node reads, directly or through other views, as schema.name. #}
{% macro upstream_views(unique_id, found) -%}
    {%- for parent_id in graph.nodes[unique_id].depends_on.nodes
        if parent_id in graph.nodes -%}
        {%- set parent = graph.nodes[parent_id] -%}
        {%- set name = parent.schema ~ '.' ~ parent.alias -%}
        {%- if parent.config.materialized == 'view' and name not in found -%}
            {%- do found.append(name) -%}
            {%- do upstream_views(parent_id, found) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
