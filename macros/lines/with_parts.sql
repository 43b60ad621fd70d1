{#
    An expression about the groups of a regular expression's match in a text, which it
    names `part.<name>`; empty texts without a match.

    with_parts('"Size"', '([0-9]+)x([0-9]+)', ['width', 'height'], 'part.width')
#}
{% macro with_parts(text, pattern, names, expression) -%}
    {{ return(adapter.dispatch('with_parts', 'retail_marts')(
        text, pattern, names, expression
    )) }}
{%- endmacro %}

{% macro duckdb__with_parts(text, pattern, names, expression) -%}
    list_transform(
        [regexp_extract({{ text }}, {{ sql_literal(pattern) }}, [{{ sql_literals(names) }}])],
        lambda part: {{ expression }}
    )[1]
{%- endmacro %}

{% macro spark__with_parts(text, pattern, names, expression) -%}
    transform(
        array(named_struct(
            {%- for name in names %}
            {{ sql_literal(name) }},
            regexp_extract(
                {{ text }}, {{ sql_literal(java_pattern(pattern)) }}, {{ loop.index }}
            ){{ ',' if not loop.last }}
            {%- endfor %}
        )),
        part -> {{ expression }}
    )[0]
{%- endmacro %}
