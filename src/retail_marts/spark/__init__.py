"""Apache Spark, the second engine. `plugin` prepares its sessions for dbt."""
