{#
    A number and what it counts.

    counted('3', 'day')   -- 3 days
#}
{% macro counted(column, thing) -%}
    {{ shown_number(column, 0) }}
    || case when {{ column }} = 1 then ' {{ thing }}' else ' {{ thing }}s' end
{%- endmacro %}
