{#
    Key of the product in a mapped file, from the columns in `product_key`: the product id
    alone, or the name where that is empty; or several columns, of which all but the id
    are compared without case and repeated blanks. Null where all are empty.
#}
{% macro mapped_product_id(entry) -%}
    {%- if entry.product_key == ['product_id'] -%}
        coalesce(
            {{ mapped_text(entry, 'product_id') }}, {{ mapped_name(entry, 'product_name') }}
        )
    {%- else -%}
        {%- set parts = [] -%}
        {%- for key in entry.product_key -%}
            {%- do parts.append(
                mapped_text(entry, key) if key == 'product_id'
                else folded_text(mapped_text(entry, key))
            ) -%}
        {%- endfor -%}
        nullif(
            {%- for part in parts %}
            {{ "|| '|' || " if not loop.first }}coalesce({{ part }}, '')
            {%- endfor %},
            {{ sql_literal('|' * (parts | length - 1)) }}
        )
    {%- endif -%}
{%- endmacro %}
