{#
    All attributes that a customer can have; null where the source does not state them.
#}
{% macro customer_attributes(stated) -%}
    {%- for column in [
        'customer_name', 'email', 'gender', 'marital_status', 'customer_group', 'city',
        'state', 'country', 'region', 'market'
    ] %}
        {{ column if column in stated else 'cast(null as varchar)' }} as {{ column }},
    {%- endfor %}
        cast({{ 'age' if 'age' in stated else 'null' }} as integer) as age,
    {%- for column in [
        'income_amount', 'credit_card_debt_amount', 'net_worth_amount', 'spend_amount'
    ] %}
        cast({{ column if column in stated else 'null' }} as decimal(28, 8)) as {{ column }}
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
