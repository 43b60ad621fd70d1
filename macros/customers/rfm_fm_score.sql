{# Mean of the frequency and monetary scores, with halves rounded up: 1 and 2 give 2. #}
{% macro rfm_fm_score(f_score, m_score) -%}
    cast(floor(({{ f_score }} + {{ m_score }} + 1) / 2.0) as integer)
{%- endmacro %}
