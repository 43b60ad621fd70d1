{#
    Number of days held out at the end of a business's history to check lifetime values:
    the setting, or a quarter of the history up to 365 days where it is not set.

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
