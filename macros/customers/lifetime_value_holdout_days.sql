{#
    Number of days held out at the end of a business's history to check lifetime values:
    the setting, or a quarter of the history up to 365 days where it is not set.

    lifetime_value_holdout_days('120')   -- 30
#}
{% macro lifetime_value_holdout_days(history_days) -%}
    {%- set settings = var('lifetime_value_settings') or {} -%}
    {%- set given = settings.get('holdout_days') if settings is mapping else settings -%}
    {%- if given is none -%}
        cast(least(365, floor({{ history_days }} / 4)) as integer)
    {%- elif given is integer and 1 <= given <= 3660 -%}
        {{ given }}
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "lifetime_value_settings: holdout_days is '" ~ given
            ~ "'.\n  Remedy: set it to a whole number from 1 to 3660, or leave it out"
            ~ " for a quarter of the history."
        ) }}
    {%- endif -%}
{%- endmacro %}
