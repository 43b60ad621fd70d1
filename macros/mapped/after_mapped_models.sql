{#
    Makes dbt build the models that mapped sources name before this one. Files of all
    kinds are landed together, so each model that reads a mapped source waits for all.
#}
{% macro after_mapped_models() -%}
    {%- if not execute -%}
        {%- for name in mapped_models() -%}
            {%- do ref(*name.split('.')) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
