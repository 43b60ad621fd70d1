{#
    Key of the customer in a mapped file. It is a keyed hash where customers are only
    identified by a name or an e-mail address, or where the entry declares its ids
    personal.
#}
{% macro mapped_customer_id(entry) -%}
    {%- if 'customer_id' in entry.mapped_columns -%}
        {%- set key = mapped_text(entry, 'customer_id') -%}
        {{ keyed_hash(key) if entry.customer_id_is_personal else key }}
    {%- elif 'email' in entry.mapped_columns -%}
        {{ keyed_hash('lower(' ~ mapped_text(entry, 'email') ~ ')') }}
    {%- elif 'customer_name' in entry.mapped_columns -%}
        {{ keyed_hash(mapped_text(entry, 'customer_name')) }}
    {%- else -%}
        cast(null as varchar)
    {%- endif -%}
{%- endmacro %}
