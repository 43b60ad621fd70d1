{#- One block per mapped business; no rows if none is mapped. -#}
{%- set entries = mapped_entries(source('mapped', 'sales_lines')) -%}

with

{% for entry in entries -%}
entry_{{ entry.mapped_source }} as (

    {{ mapped_sales_lines(entry) | indent(4) }}

),

{% endfor -%}
unioned as (

    {% for entry in entries -%}
    select * from entry_{{ entry.mapped_source }}
    union all
    {% endfor -%}
    {{ no_mapped_sales_lines() | indent(4) }}

)

select * from unioned
