{#
    A list of the attributes of a row, each with its name, text and number; without any,
    null. `unlisted_attributes` makes rows of such lists.

    attribute_list([('kids', 'trim("Kids")', 'cast(null as double)')])
#}
{% macro attribute_list(attributes) -%}
    {{ return(adapter.dispatch('attribute_list', 'retail_marts')(attributes)) }}
{%- endmacro %}

{% macro duckdb__attribute_list(attributes) -%}
    {%- if attributes -%}
    [
        {%- for name, text, number in attributes %}
        {
            'attribute': {{ sql_literal(name) }},
            'value_text': {{ text }},
            'value_number': cast({{ number }} as double)
        }{{ ',' if not loop.last }}
        {%- endfor %}
    ]
    {%- else -%}
    cast(null as {{ attribute_list_type() }})
    {%- endif -%}
{%- endmacro %}

{% macro spark__attribute_list(attributes) -%}
    {%- if attributes -%}
    array(
        {%- for name, text, number in attributes %}
        named_struct(
            'attribute', {{ sql_literal(name) }},
            'value_text', {{ text }},
            'value_number', cast({{ number }} as double)
        ){{ ',' if not loop.last }}
        {%- endfor %}
    )
    {%- else -%}
    cast(null as {{ attribute_list_type() }})
    {%- endif -%}
{%- endmacro %}
