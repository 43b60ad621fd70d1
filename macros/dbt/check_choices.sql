{# Stops with one clear message when a setting holds something that does not exist. #}
{% macro check_choices(setting, given, known) -%}
    {%- do check_list(setting, given) -%}
    {%- for value in given if value not in known -%}
        {{ exceptions.raise_compiler_error(
            setting ~ " holds '" ~ value ~ "'.\n  Remedy: write some of "
            ~ known | join(', ') ~ ' under vars in dbt_project.yml.'
        ) }}
    {%- endfor -%}
{%- endmacro %}
