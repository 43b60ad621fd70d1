{#
    What a mapped column holds: `text` (also of an enum, a UUID or bytes), `whole` or
    `decimal` or `float` numbers, `time` (dates and times) or `boolean`.
#}
{% macro mapped_kind(entry, column) -%}
    {%- set raw_type = (entry.types[column] or 'varchar') | lower -%}
    {%- if raw_type in ('double', 'float', 'real') -%}
        {{ return('float') }}
    {%- elif raw_type.startswith('decimal') or raw_type.startswith('numeric') -%}
        {{ return('decimal') }}
    {%- elif raw_type.endswith('int') or raw_type.endswith('integer') -%}
        {{ return('whole') }}
    {%- elif raw_type == 'date' or raw_type.startswith('timestamp') -%}
        {{ return('time') }}
    {%- elif raw_type == 'boolean' -%}
        {{ return('boolean') }}
    {%- endif -%}
    {{ return('text') }}
{%- endmacro %}
