{# Columns of customers that may hold a band, such as 25-34, instead of a number. #}
{% macro banded_columns() -%}
    {{ return([
        'age', 'income_amount', 'credit_card_debt_amount', 'net_worth_amount',
        'spend_amount'
    ]) }}
{%- endmacro %}
