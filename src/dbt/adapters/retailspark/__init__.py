"""dbt's Spark adapter in one session, with strict SQL and with Python models."""

from dbt.adapters.base import AdapterPlugin

from dbt.adapters.retailspark.connections import RetailSparkCredentials
from dbt.adapters.retailspark.impl import RetailSparkAdapter
from dbt.include import retailspark

Plugin = AdapterPlugin(
    adapter=RetailSparkAdapter,  # type: ignore[arg-type]
    credentials=RetailSparkCredentials,
    include_path=retailspark.PACKAGE_PATH,
    dependencies=["spark"],
)
