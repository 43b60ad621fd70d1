{#
    Key of the customer in a mapped file. It is a keyed hash where customers are only
    identified by a name or an e-mail address, or where the entry declares its ids
    personal. Unless it declares that they are not, an id with an @ is hashed too. Each id
    is judged alone, so that what later files hold never changes an earlier key. An id in
    `anonymous_customer_ids` gives null.
#}
{% macro mapped_customer_id(entry) -%}
    {%- if 'customer_id' in entry.mapped_columns -%}
        {%- set key = known_customer(entry, mapped_text(entry, 'customer_id')) -%}
        {%- if entry.customer_id_is_personal is none -%}
            case when {{ key }} like '%@%' then {{ keyed_hash(key) }} else {{ key }} end
        {%- else -%}
            {{ keyed_hash(key) if entry.customer_id_is_personal else key }}
        {%- endif -%}
    {%- elif 'email' in entry.mapped_columns -%}
        {{ keyed_hash(
            'lower(' ~ known_customer(entry, mapped_text(entry, 'email')) ~ ')'
        ) }}
    {%- elif 'customer_name' in entry.mapped_columns -%}
        {{ keyed_hash(known_customer(entry, mapped_text(entry, 'customer_name'))) }}
    {%- else -%}
        cast(null as string)
    {%- endif -%}
{%- endmacro %}
