{#
    The models that feed a canonical entity, as dictionaries with `model`. If the name of a
    shipped source is the key of the owner, also `owner` (that column) and `source`.
#}
{% macro canonical_feeds(entity) -%}
    {%- set feeds = [] -%}
    {%- set known = canonical_entities().keys() | list
        + ['owner', 'sold', 'is_unpivoted'] -%}
    {%- for source_name, source in source_feeds().items() -%}
        {%- for key in source if key not in known -%}
            {{ exceptions.raise_compiler_error(
                "source_feeds: " ~ source_name ~ " has an entry '" ~ key
                ~ "' that does not exist.\n  Remedy: use one of: " ~ known | join(', ')
            ) }}
        {%- endfor -%}
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
