{#
    What a reason says of a date after the day of the build. It does not name that day, so
    that a row's reason stays the same from day to day.
#}
{% macro late_reason() -%}
    {{ return(
        ' is after the day of the build: correct it, or change orders_ahead or build_day'
    ) }}
{%- endmacro %}
