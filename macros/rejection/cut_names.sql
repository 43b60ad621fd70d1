{#
    (condition, warning) pairs for all_of: names that are longer than a name may be, and
    that clean_name cuts.

    all_of(cut_names(['"Product Name"']))   -- "Product Name is cut to 1,000 characters"
#}
{% macro cut_names(columns) -%}
    {%- set characters = longest_texts().name -%}
    {%- set pairs = [] -%}
    {%- for column in columns -%}
        {%- do pairs.append((
            is_too_long(column, characters),
            sql_literal(
                column.replace('"', '') ~ ' is cut to ' ~ '{:,}'.format(characters)
                ~ ' characters'
            )
        )) -%}
    {%- endfor -%}
    {{ return(pairs) }}
{%- endmacro %}
