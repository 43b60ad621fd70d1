{#
    How many days at the end of a business's history are held out to check lifetime
    values on: the setting, or else a quarter of the history, at most a year.

    lifetime_value_holdout_days('120')   -- 30
#}
{% macro lifetime_value_holdout_days(history_days) -%}
    {%- set given = setting('lifetime_value_settings.holdout_days') -%}
    {%- if given is none -%}
        cast(least(365, floor({{ history_days }} / 4)) as integer)
    {%- else -%}
        {{ given }}
    {%- endif -%}
{%- endmacro %}
