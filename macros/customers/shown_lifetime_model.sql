{#
    The model of expected orders in words.

    shown_lifetime_model("'bg_nbd'")   -- BG/NBD
#}
{% macro shown_lifetime_model(column) -%}
    case {{ column }}
        when 'bg_nbd' then 'BG/NBD'
        when 'own_rate' then 'own rate'
        when 'shrunken_rate' then 'own and average rate'
        when 'business_rate' then 'average rate'
        else {{ column }}
    end
{%- endmacro %}
