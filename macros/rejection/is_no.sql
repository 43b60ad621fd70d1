{#
    A (condition, reason) pair for first_of: the column's value could not be parsed.

    is_no('"Qty"', 'parsed_quantity', 'number')
        -- parsed_quantity is null
        -- "Qty '1,5,0' is not a number", "Qty is not a number" or "Qty is empty"

    `text` is the value where it is not the column's clean text, and `hint` an SQL text to
    end with, in which `found` is the value.

    Reasons are published, and a value in the wrong column can be a name or the number of
    a phone or a card. The private raw_row has the complete row.
#}
{% macro is_no(column, parsed, kind, text='', hint='') -%}
    {%- set label = column.replace('"', '') -%}
    {%- set text = text or clean_text('cast(' ~ column ~ ' as string)') -%}
    {{ return((
        parsed ~ ' is null',
        with_text(
            text,
            'case when found is null then ' ~ sql_literal(label ~ ' is empty')
                ~ ' else ' ~ reason_of(label, 'found', 'is not a ' ~ kind, mark="'")
                ~ (' || ' ~ hint if hint else '') ~ ' end'
        )
    )) }}
{%- endmacro %}
