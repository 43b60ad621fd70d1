{#
    (condition, reason) pairs for first_of: a row of a mapped file names no product, or
    its key is longer than an id may be and not one of long_mapped_ids. `key` is what
    mapped_product_id gives.
#}
{% macro no_product(entry, key) -%}
    {%- set keys = entry.product_key -%}
    {%- set characters = longest_texts().id -%}
    {%- if keys != ['product_id'] -%}
        {%- set names = keys | join(' and ') -%}
        {{ return([
            (
                key ~ ' is null',
                sql_literal(names ~ (' is' if keys | length == 1 else ' are') ~ ' empty')
            ),
            (
                is_longer(key, characters),
                sql_literal(
                    names ~ (' is' if keys | length == 1 else ' together are')
                    ~ ' longer than ' ~ characters ~ ' characters'
                )
            ),
        ]) }}
    {%- elif 'product_id' not in entry.mapped_columns -%}
        {{ return([]) }}
    {%- elif 'product_name' not in entry.mapped_columns -%}
        {{ return([(key ~ ' is null', "'product_id is empty'")]) }}
    {%- endif -%}
    {{ return([
        (key ~ ' is null', "'product_id and product_name are empty'"),
        (
            mapped_text(entry, 'product_id') ~ ' is null and '
                ~ is_longer(key, characters),
            sql_literal('product_name is longer than ' ~ characters ~ ' characters')
        ),
    ]) }}
{%- endmacro %}
