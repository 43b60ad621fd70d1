{#
    Incremental models on Spark are tables, built in full: to change rows of a table, Spark
    needs a table format other than Parquet.
#}
{% materialization incremental, adapter='retailspark' -%}
    {{ return(materialization_table_spark()) }}
{%- endmaterialization %}
