{# dbt-spark's goes by way of pandas-on-Spark and writes Delta tables by default. #}
{% macro py_write_table(compiled_code, target_relation) %}
{{ compiled_code }}

result = model(dbtObj(spark.table), spark)
if not hasattr(result, "write"):
    result = spark.createDataFrame(result)
result.write.mode("overwrite").format(
    "{{ config.get('file_format', 'parquet') }}"
).saveAsTable("{{ target_relation }}")
{%- endmacro %}
