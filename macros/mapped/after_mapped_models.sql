{#
    Makes dbt build the models that the entries of a setting name before the model that
    calls this. Files of all kinds are landed together, so it waits for all of them.

    after_mapped_models('mapped_sources')
#}
{% macro after_mapped_models(setting) -%}
    {%- if not execute -%}
        {%- for name in mapped_models([setting]) -%}
            {%- do ref(*name.split('.')) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
