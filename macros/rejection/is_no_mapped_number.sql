{#
    A (condition, reason) pair for first_of: a mapped column is not a number of the form
    that the entry's settings say. Unless it is required, it may be empty.

    is_no_mapped_number(entry, 'sales_amount', 'parsed_sales_amount', is_required=true)
        -- "sales_amount '$5.00' is not a number up to 1,000,000,000,000;
        -- set currency_marks: ["$"]"
#}
{% macro is_no_mapped_number(
    entry, column, parsed, measure='amount', kind='', is_required=false
) -%}
    {%- set text = mapped_text(entry, column) -%}
    {%- set hint = number_setting(entry, column, 'found') -%}
    {%- if kind -%}
        {%- set condition, reason = is_no(column, parsed, kind, text, hint) -%}
    {%- else -%}
        {%- set condition, reason = is_no_number(
            column, parsed, measure, text=text, hint=hint
        ) -%}
    {%- endif -%}
    {%- if not is_required -%}
        {%- set condition = condition ~ ' and ' ~ text ~ ' is not null' -%}
    {%- endif -%}
    {{ return((condition, reason)) }}
{%- endmacro %}
