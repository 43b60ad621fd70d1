{#
    The mapped files of one kind as dictionaries: the settings that the landing stored
    with them, and `types`, the raw type of each canonical column.
#}
{% macro mapped_entries(listing) -%}
    {%- set entries = [] -%}
    {%- if execute -%}
        {%- for row in run_query('select * from ' ~ listing ~ ' order by mapped_source') -%}
            {%- set entry = row.dict() -%}
            {%- set relation = api.Relation.create(
                database=listing.database, schema='raw', identifier=entry['relation']
            ) -%}
            {%- set types = {} -%}
            {%- for column in adapter.get_columns_in_relation(relation) -%}
                {%- do types.update({column.name: raw_type(column.dtype)}) -%}
            {%- endfor -%}
            {%- do entry.update(fromjson(entry['values'])) -%}
            {%- do entry.update({
                'relation': relation,
                'types': types,
                'mapped_columns': entry['mapped_columns'].split(','),
                'product_key': entry['product_key'].split(','),
                'fill_down': entry['fill_down'].split(',') if entry['fill_down'] else [],
                'order_amounts': entry['order_amounts'].split(',')
                    if entry['order_amounts'] else [],
                'filters': fromjson(entry['filters']),
                'anonymous_customer_ids': fromjson(entry['anonymous_customer_ids']),
            }) -%}
            {%- do entries.append(entry) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(entries) }}
{%- endmacro %}
