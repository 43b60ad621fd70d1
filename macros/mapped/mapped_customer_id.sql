{#
    The customer's key in a mapped file. Where only a name or an e-mail address tells
    customers apart, or the entry says that its ids are personal, it is a keyed hash.
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
