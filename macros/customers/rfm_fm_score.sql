{# The mean of the scores of frequency and monetary, halves upward: 1 and 2 make 2. #}
{% macro rfm_fm_score(f_score, m_score) -%}
    cast(floor(({{ f_score }} + {{ m_score }} + 1) / 2.0) as integer)
{%- endmacro %}
