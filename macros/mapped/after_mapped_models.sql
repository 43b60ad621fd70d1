{#
    Makes dbt build the models that the entries of a setting name before the model that
    calls this. Files of all kinds are landed together, so it waits for all of them.
    A name without a package is a model of the user's project, also if this package has
    a model of that name.

    after_mapped_models('mapped_sources')
#}
{% macro after_mapped_models(setting) -%}
    {%- if not execute -%}
        {%- for name in mapped_models([setting]) -%}
            {%- do ref(*(name if '.' in name else project_name ~ '.' ~ name).split('.')) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
