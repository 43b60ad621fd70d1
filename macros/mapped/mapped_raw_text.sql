{#
    A mapped column as text, before it is trimmed. Numbers of every type give the same
    digits: a whole double is written as an integer, and a decimal has no zeros at its
    end. Bytes are read as UTF-8, or shown as hexadecimal digits where they are not.
#}
{% macro mapped_raw_text(entry, column) -%}
    {{ return(adapter.dispatch('mapped_raw_text', 'retail_marts')(entry, column)) }}
{%- endmacro %}

{% macro duckdb__mapped_raw_text(entry, column) -%}
    {%- set kind = mapped_kind(entry, column) -%}
    {%- set raw_type = (entry.types[column] or 'varchar') | lower -%}
    {%- if raw_type == 'varchar' -%}
        {{ column }}
    {%- elif raw_type == 'blob' -%}
        coalesce(try(decode({{ column }})), lower(hex({{ column }})))
    {%- elif kind == 'float' -%}
        {#- A cast of 1e15 gives 1e+15. -#}
        case
            when abs({{ column }}) < 1e37 and {{ column }} = trunc({{ column }})
                then cast(cast({{ column }} as hugeint) as varchar)
            when isfinite({{ column }}) then cast({{ column }} as varchar)
        end
    {%- elif kind == 'decimal' -%}
        regexp_replace(
            cast({{ column }} as varchar), '^(.*?)(?:[.]0*|([.][0-9]*?)0*)$', '\1\2'
        )
    {%- else -%}
        cast({{ column }} as varchar)
    {%- endif -%}
{%- endmacro %}

{% macro spark__mapped_raw_text(entry, column) -%}
    {%- set kind = mapped_kind(entry, column) -%}
    {%- set raw_type = (entry.types[column] or 'varchar') | lower -%}
    {%- if raw_type == 'varchar' -%}
        {{ column }}
    {%- elif raw_type == 'blob' -%}
        coalesce(try_validate_utf8(cast({{ column }} as string)), lower(hex({{ column }})))
    {%- elif kind == 'float' -%}
        case
            when abs({{ column }}) < 1e37 and {{ column }} = floor({{ column }})
                then cast(cast({{ column }} as decimal(38, 0)) as string)
            when abs({{ column }}) < cast('Infinity' as double)
                then cast({{ column }} as string)
        end
    {%- elif kind == 'decimal' -%}
        {{ replaced_match(
            'cast(' ~ column ~ ' as string)', '(.*?)(?:[.]0*|([.][0-9]*?)0*)?', '\1\2'
        ) }}
    {%- else -%}
        cast({{ column }} as string)
    {%- endif -%}
{%- endmacro %}
