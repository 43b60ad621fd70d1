{#
    The most characters that an id and another text of a row may have. A row with a longer
    id is rejected: half a key identifies something else. A longer name is cut, with a
    warning, because its row is still a sale; the file has the complete text.
#}
{% macro longest_texts() -%}
    {{ return({'id': 200, 'name': 1000}) }}
{%- endmacro %}
