{#
    A number from text as `parse_number` reads it, and also with a typographic minus, with
    invisible characters at its ends, and in the forms that a file's settings name: marks
    of currencies before or after it, negative numbers in parentheses or with a minus
    behind.

    parse_marked_number('"Total"', values, 'decimal(18, 4)')
        -- with currency_marks ['$'] and negative_style ['minus', 'parentheses']:
        -- '-$5' -> -5, '$ -5' -> -5, '($5.00)' -> -5, '5 $' -> 5
#}
{% macro parse_marked_number(column, values, data_type, more_marks=[]) -%}
    {%- set blank = '[' ~ blank_class() ~ ']*' -%}
    {%- set marks = [] -%}
    {%- for mark in values.currency_marks + more_marks -%}
        {%- do marks.append(modules.re.escape(mark)) -%}
    {%- endfor -%}
    {%- set around = blank -%}
    {%- if marks -%}
        {%- set around = blank ~ '(?:(?i:' ~ marks | join('|') ~ ')' ~ blank ~ ')?' -%}
    {%- endif -%}
    {%- set number = '(' ~ number_pattern(
        values.decimal_mark, values.thousands_mark, values.digit_grouping,
        data_type == 'integer'
    ) ~ ')' -%}
    {%- set forms = [around ~ '([-+\\x{2212}]?)' ~ around ~ number ~ around] -%}
    {%- if 'parentheses' in values.negative_style -%}
        {%- do forms.append(
            around ~ '(\\()' ~ around ~ number ~ around ~ '\\)' ~ around
        ) -%}
    {%- endif -%}
    {%- if 'trailing_minus' in values.negative_style -%}
        {%- do forms.append(around ~ number ~ around ~ '([-\\x{2212}])' ~ around) -%}
    {%- endif -%}
    {#- The sign of each form, then the digits; those of other forms are empty. -#}
    {%- set kept = namespace(signs='', numbers='', groups=0) -%}
    {%- for form in forms -%}
        {%- set is_behind = form.endswith('([-\\x{2212}])' ~ around) -%}
        {%- set kept.signs = kept.signs ~ '\\' ~ (kept.groups + 2 if is_behind
            else kept.groups + 1) -%}
        {%- set kept.numbers = kept.numbers ~ '\\' ~ (kept.groups + 1 if is_behind
            else kept.groups + 2) -%}
        {%- set kept.groups = kept.groups + 2 -%}
    {%- endfor -%}
    {%- set pattern = '^(?:' ~ forms | join('|') ~ ')$' -%}
    {%- set text = 'translate(' ~ replaced_match(column, pattern, kept.signs ~ kept.numbers)
        ~ ", '(\u2212', '--')" -%}
    {#- Most texts match the plain pattern, which is faster. -#}
    case
        when {{ full_match(column, plain_number_pattern(
            values.decimal_mark, values.thousands_mark, values.digit_grouping, data_type
        )) }}
            then {{ finite_number(
                plain_number(column, values.decimal_mark, values.thousands_mark), data_type
            ) }}
        when {{ full_match(column, pattern) }}
            then {{ finite_number(
                plain_number(text, values.decimal_mark, values.thousands_mark), data_type
            ) }}
    end
{%- endmacro %}
