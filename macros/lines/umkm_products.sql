{#
    The product columns of the umkm report: (product_id, header, quantity column).
    A new dish is one line here and one in the source's yml.
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
