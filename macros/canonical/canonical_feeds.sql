{#
    The models that feed a canonical entity, as dictionaries: `model`, and where a shipped
    source's name fills the key of the owner, `owner` (that column) and `source`.
#}
{% macro canonical_feeds(entity) -%}
    {%- set feeds = [] -%}
    {%- for source_name, source in source_feeds().items() -%}
        {%- for model_name in source.get(entity, []) -%}
            {%- do feeds.append({
                'model': model_name,
                'source': source_name,
                'owner': source.get('owner'),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(feeds) }}
{%- endmacro %}
