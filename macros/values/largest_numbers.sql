{#
    The largest number that a row may have, in either direction. A row beyond it is
    rejected: it has a bar code, a phone number or an id in the wrong column.

    quantity    Ten million. More than any line sells (ten tons in grams), and less than
                bar codes of 8, 12 and 13 digits.
    amount      A million million, for money and for all other numbers. Enough for a line
                in rupiah or rial, and less than a bar code of 13 digits (except those
                that start with 0, which nothing distinguishes from money).
#}
{% macro largest_numbers() -%}
    {{ return({'quantity': 10000000, 'amount': 1000000000000}) }}
{%- endmacro %}
