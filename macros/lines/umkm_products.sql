{#
    Product columns of the umkm report as (product_id, header, quantity column). To add
    a dish, add one line here and one in the yml of the source.
#}
{% macro umkm_products() -%}
    {%- set products = [] -%}
    {%- for header in [
        'Ayam Cabai Hijau', 'Ayam Suwir Merah', 'Cumi', 'Kare', 'Opor Ayam', 'Peda Asin',
        'Tuna Pedas', 'udang'
    ] -%}
        {%- set product_id = header | lower | replace(' ', '_') -%}
        {%- do products.append((product_id, header, product_id ~ '_quantity')) -%}
    {%- endfor -%}
    {{ return(products) }}
{%- endmacro %}
